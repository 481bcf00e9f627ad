// Package keys implements the commands about users' API keys, one file a verb.
package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/pkg/provider"
)

// New returns a new `usher users keys` command.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "keys",
		Short: "List and create API keys of users",
		Long: `List and create the API keys of a user, if the provider documents them.

A key is a secret. Only the command that creates it shows it in full.`,
	}, newList(a, list), newCreate(a, create))
}

// keyDoc is usher.api-key/v1.
type keyDoc struct {
	Schema     string          `json:"schema"`
	Profile    string          `json:"profile"`
	Provider   string          `json:"provider"`
	Target     string          `json:"target"`
	User       string          `json:"user"`
	Key        string          `json:"key"`
	Attributes json.RawMessage `json:"attributes"`
}

func describe(selection *app.Selection, user provider.User, key provider.APIKey) keyDoc {
	doc := keyDoc{
		Schema: "usher.api-key/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
		User: user.ID, Key: shortened(key.Key), Attributes: json.RawMessage("{}"),
	}
	if key.Attributes != nil {
		doc.Attributes = without(key.Attributes, key.Key)
	}
	return doc
}

// shortened returns the key masked: enough to identify it, too little to use it.
func shortened(key string) string {
	const begin, end, most = 8, 4, 24
	runes := []rune(key)
	if len(runes) < most {
		return "…"
	}
	return string(runes[:begin]) + "…" + string(runes[len(runes)-end:])
}

// without removes a key from a JSON text, if it is there a second time.
func without(text json.RawMessage, key string) json.RawMessage {
	if key == "" {
		return text
	}
	quoted, err := json.Marshal(key)
	if err != nil {
		return json.RawMessage("{}")
	}
	return json.RawMessage(strings.ReplaceAll(string(text), string(quoted[1:len(quoted)-1]), shortened(key)))
}

// columns are the properties of a key that lists show next to it, as providers name them.
func columns() []string { return []string{"createdAt", "expiresAt", "principals"} }

// cells returns the values of the columns, empty if the provider gave none.
func cells(attributes json.RawMessage) []string {
	members, err := provider.Properties(attributes)
	if err != nil {
		members = nil // there is nothing to show
	}
	var texts []string
	for _, column := range columns() {
		texts = append(texts, cell(members[column]))
	}
	return texts
}

// cell returns a value as roster cells contain it: lists with semicolons, the properties of an object with colons, in
// alphabetical order of their names.
func cell(value any) string {
	var texts []string
	switch value := value.(type) {
	case nil:
		return ""
	case []any:
		for _, item := range value {
			texts = append(texts, cell(item))
		}
		return strings.Join(texts, ";")
	case map[string]any:
		var names []string
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			texts = append(texts, cell(value[name]))
		}
		return strings.Join(texts, ":")
	default:
		return fmt.Sprint(value)
	}
}

// errNoID returns the refusal of -o id.
func errNoID() error {
	return failure.Refuse(errors.New("-o id is not supported: API keys have no id"), "use -o json or another format")
}
