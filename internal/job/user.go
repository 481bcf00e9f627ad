package job

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// StateExisting is the state of a user who was only read.
const StateExisting = string(rowstate.Existing)

// UserDoc is the document usher.user/v1.
type UserDoc struct {
	Schema   string          `json:"schema"`
	Profile  string          `json:"profile"`
	Provider string          `json:"provider"`
	Target   string          `json:"target"`
	State    string          `json:"state"`
	ID       string          `json:"id"`
	Key      string          `json:"key"`
	User     json.RawMessage `json:"user"`
	// NotStored contains the fields of a create or an update that the provider did not store as sent.
	NotStored []string `json:"not_stored,omitempty"`
}

// NewUserDoc returns the document of a user in a state.
func NewUserDoc(selection *app.Selection, state string, user provider.User) UserDoc {
	doc := UserDoc{
		Schema: "usher.user/v1", Profile: selection.Profile.Name, Provider: selection.Adapter.Name, Target: selection.Target,
		State: state, ID: user.ID, Key: user.Key, User: user.Attributes,
	}
	if doc.User == nil {
		doc.User = json.RawMessage("{}")
	}
	return doc
}

// PrintUser prints one user, with the state and the fields that the provider did not store as sent. People see names instead
// of the ids of what fields refer to, as far as they can be read. A documented field
// that is called "state" or "id" too has a column "user.NAME".
func PrintUser(ctx context.Context, a *app.App, selection *app.Selection, state string, user provider.User, notStored ...string) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	text := schema.Field.Text
	if printer.ForPeople() {
		text = app.RecentlyNamed(ctx, a, selection).Text
	}
	rows := [][2]string{{"state", state}, {"id", user.ID}, {selection.Adapter.Key, user.Key}}
	record, outcome := user.Record(selection.Adapter.Table), rows
	for _, field := range OtherFields(selection.Adapter) {
		if value, ok := record[field.Name]; ok {
			name := field.Name
			if slices.ContainsFunc(outcome, func(row [2]string) bool { return row[0] == name }) {
				name = "user." + name
			}
			rows = append(rows, [2]string{name, text(field, value)})
		}
	}
	for _, field := range notStored {
		rows = append(rows, [2]string{"not stored", field})
	}
	doc := NewUserDoc(selection, state, user)
	doc.NotStored = notStored
	return printer.Object(ctx, doc, rows, user.ID)
}

// OtherFields returns the documented fields, except the natural key, that may be shown.
func OtherFields(adapter provider.Adapter) schema.Table {
	var others schema.Table
	for _, field := range adapter.Table {
		if field.Name != adapter.Key && !field.Secret {
			others = append(others, field)
		}
	}
	return others
}
