package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// providerPages returns a page for each provider, and one that lists them.
func providerPages(reference cli.Reference) (files, error) {
	made := files{path.Join(providersDir, "README.md"): providerList(reference)}
	for _, adapter := range reference.Adapters() {
		page, err := providerPage(reference, adapter)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", adapter.Name, err)
		}
		made[path.Join(providersDir, adapter.Name+".md")] = page
	}
	return made, nil
}

// providerList returns the page with what each provider documents, and the settings that they share.
func providerList(reference cli.Reference) []byte {
	var b bytes.Buffer
	b.WriteString("# Providers\n\nWhat each provider documents. usher does nothing that is not documented. Some providers are built in; the others are\n" +
		"described in files ([Describe your own system](../guides/describe.md)), and the table says how each description was proved.\n\n" +
		"| provider | vendor | natural key | proof |\n|---|---|---|---|\n")
	for _, adapter := range reference.Adapters() {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | `%s` | %s |\n", adapter.Name, adapter.Name, adapter.Vendor, adapter.Key, proof(reference, adapter.Name))
	}
	b.WriteString("\n| provider |")
	for _, power := range provider.Capabilities() {
		fmt.Fprintf(&b, " %s |", power)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(provider.Capabilities())) + "\n")
	for _, adapter := range reference.Adapters() {
		fmt.Fprintf(&b, "| %s |", adapter.Name)
		for _, power := range provider.Capabilities() {
			word := "–"
			if _, ok := adapter.Endpoint(power); ok {
				word = "yes"
			}
			fmt.Fprintf(&b, " %s |", word)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Settings of every profile\n\n" + settingsTable(shared(reference.Settings)))
	return b.Bytes()
}

// shared returns the common settings, in the words of the provider's settings.
func shared(settings []config.Setting) []provider.Setting {
	list := make([]provider.Setting, len(settings))
	for i, s := range settings {
		list[i] = provider.Setting{Name: s.Name, Help: s.Help, Secret: s.Secret, Default: s.Default, Values: s.Values}
	}
	return list
}

// keyCase returns what the provider documents about keys that differ only in case.
func keyCase(adapter provider.Adapter) string {
	if adapter.KeyCaseDocs == "" {
		return adapter.KeyCase.String()
	}
	return fmt.Sprintf("%s, by <%s>", adapter.KeyCase, adapter.KeyCaseDocs)
}

// providerPage returns the page of one provider.
func providerPage(reference cli.Reference, adapter provider.Adapter) ([]byte, error) {
	example, err := exampleFile(adapter.Table)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n`%s` in commands and profiles. The vendor documents it at <%s>.\nFrom the credentials to the first import, step by step: the [guides](../README.md#guides).\n\n", adapter.Vendor, adapter.Name, adapter.Docs)
	b.WriteString(description(reference, adapter))
	fmt.Fprintf(&b, "- Base URL: %s\n- Natural key, which identifies a user: `%s`\n", baseURL(adapter), adapter.Key)
	fmt.Fprintf(&b, "- Case in keys: %s (see [Keys](../guides/keys.md))\n", keyCase(adapter))
	b.WriteString(uniqueness(adapter))
	if adapter.Scope != "" {
		fmt.Fprintf(&b, "- The same key in a different `%s` is a different user.\n", adapter.Scope)
	}
	fmt.Fprintf(&b, "\n## Profile\n\n```sh\n%s\n```\n\n%s\n%s", addCommand(adapter), settingsTable(adapter.Settings), authentication(adapter.Auth))
	fmt.Fprintf(&b, "\n## Fields of a user\n\n%s\n`--field NAME=VALUE` sets any of them by its documented name.\n", fields.Markdown(adapter.Table))
	b.WriteString(changeable(adapter))
	b.WriteString(furtherFlags(adapter))
	fmt.Fprintf(&b, "\n## A user as a file\n\n`usher users create -f user.json` takes %s, in JSON or YAML.%s\n\n```json\n%s\n```\n", bodyOf(adapter), pathNote(adapter.Table), example)
	if len(adapter.APIKeyTable) > 0 {
		fmt.Fprintf(&b, "\n## Options of a user's API key\n\n`usher users keys create` accepts them.\n\n%s", fields.Markdown(adapter.APIKeyTable))
	}
	fmt.Fprintf(&b, "\n## Operations\n\n%s", operationsTable(adapter))
	return b.Bytes(), nil
}

// uniqueness returns what is documented about two users with one key, and the source.
func uniqueness(adapter provider.Adapter) string {
	if adapter.Unique == provider.UniqueUnknown {
		return "- Unique: unknown; the provider documents nothing about two users with one key\n"
	}
	text := "- Unique: " + adapter.Unique.String() + " for `" + strings.Join(adapter.UniqueFields, "`, `") + "`, by <" + adapter.UniqueSource + ">"
	if client, err := adapter.New(provider.Connection{Setting: func(string) string { return "" }}); err == nil {
		if _, ok := provider.As[provider.Uniquer](client); ok {
			text += "; enforced if the server's schemas declare it"
		}
	}
	return text + "\n"
}

// changeable returns the fields that an update can change, "" if no update is documented.
func changeable(adapter provider.Adapter) string {
	if _, ok := adapter.Endpoint(provider.CapabilityUpdate); !ok {
		return ""
	}
	text := "\n`usher users update` can update `" + strings.Join(adapter.Table.Mutable().Names(), "`, `") + "`.\n"
	lists := fields.ItemLists(adapter.Table)
	if len(lists) > 0 {
		text += "\nSingle items of lists, without the others:\n\n"
	}
	for _, list := range lists {
		text += "- `" + list.Name + "`: `" + fields.FlagFor(fields.Adding(list)) + "`, `" + fields.FlagFor(fields.Removing(list)) + "`\n"
	}
	return text
}

func baseURL(adapter provider.Adapter) string {
	if adapter.BaseURL == "" {
		return "different for each tenant; set in the profile"
	}
	return "<" + adapter.BaseURL + ">"
}

// addCommand returns the command that adds a profile, with the provider's first method of authentication.
func addCommand(adapter provider.Adapter) string {
	words := []string{"usher profiles add acme --provider", adapter.Name}
	if adapter.BaseURL == "" {
		words = append(words, "--base-url https://tenant.example.com")
	}
	for _, setting := range adapter.Auth.Missing(func(setting string) bool { return preferred(adapter.Auth, setting) }) {
		words = append(words, secretFlag(adapter, setting))
	}
	for _, header := range adapter.Auth.Headers {
		if header.Optional {
			words = append(words, secretFlag(adapter, header.Setting))
		}
	}
	if exchange := adapter.Auth.ClientCredentials; exchange != nil {
		words = slices.DeleteFunc(words, func(word string) bool { return strings.HasPrefix(word, "--client-") })
		words = append(words, secretFlag(adapter, exchange.ClientID), secretFlag(adapter, exchange.ClientSecret))
	}
	for _, setting := range adapter.Settings {
		if setting.Required {
			words = append(words, "--"+setting.Name+" "+strings.ToUpper(setting.Name))
		}
	}
	return strings.Join(words, " ")
}

// preferred reports whether a setting is one of the client credentials, which are shown instead of a token if a
// provider documents both.
func preferred(auth provider.Auth, setting string) bool {
	exchange := auth.ClientCredentials
	return exchange != nil && (setting == exchange.ClientID || setting == exchange.ClientSecret)
}

func secretFlag(adapter provider.Adapter, setting string) string {
	variable := strings.ToUpper(strings.ReplaceAll(adapter.Name+"_"+setting, "-", "_"))
	return fmt.Sprintf("--%s env:%s", setting, variable)
}

func settingsTable(settings []provider.Setting) string {
	var b strings.Builder
	b.WriteString("| setting | meaning | default |\n|---|---|---|\n")
	for _, setting := range settings {
		standard := setting.Default
		if standard != "" {
			standard = "`" + standard + "`"
		}
		help := setting.Help
		if len(setting.Values) > 0 {
			help += " (`" + strings.Join(setting.Values, "` or `") + "`)"
		}
		if setting.Secret {
			help += " (a reference to a secret)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", setting.Name, help, standard)
	}
	return b.String()
}

func authentication(auth provider.Auth) string {
	var b strings.Builder
	b.WriteString("Every request carries\n\n")
	for _, header := range auth.Headers {
		note := ""
		if header.Optional {
			note = ", if the profile sets `" + header.Setting + "`"
		}
		fmt.Fprintf(&b, "- `%s: %s<%s>`%s\n", header.Name, header.Prefix, header.Setting, note)
	}
	if used := auth.Basic; used != nil {
		fmt.Fprintf(&b, "- `Authorization: Basic`, with `%s` and `%s`%s\n", used.Username, used.Password, alternative(auth, "Authorization", used.Username))
	}
	if session := auth.Session; session != nil {
		fmt.Fprintf(&b, "- `%s: %s<token>`, with a token for which `%s` log in by `POST %s`%s\n",
			session.Header, session.Prefix, strings.Join(session.Settings, "` and `"), session.Path, alternative(auth, session.Header, session.Settings[0]))
	}
	if exchange := auth.ClientCredentials; exchange != nil && exchange.Path != "" {
		fmt.Fprintf(&b, "- `Authorization: Bearer <access token>`, which `%s` and `%s` obtain from the documented endpoint below the base URL, or from `%s`%s\n",
			exchange.ClientID, exchange.ClientSecret, exchange.TokenURL, alternative(auth, "Authorization", exchange.ClientID))
	} else if exchange != nil {
		fmt.Fprintf(&b, "\nIf the profile sets `%s`, the bearer token is an access token that `%s` and `%s` obtain from `%s`\n(OAuth 2.0 client credentials). It is renewed as needed.\n",
			exchange.ClientID, exchange.ClientID, exchange.ClientSecret, exchange.TokenURL)
	}
	return b.String()
}

// pathNote returns which fields are not part of the body, "" for none.
func pathNote(table schema.Table) string {
	var names []string
	for _, field := range table {
		if field.In == schema.Path {
			names = append(names, "`"+field.Name+"`")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " The path contains " + strings.Join(names, ", ") + ": set it with its flag, as a default of the profile, or as a property of the file."
}

// furtherFlags returns the flags of commands with this provider that do not set fields, "" for none.
func furtherFlags(adapter provider.Adapter) string {
	var b strings.Builder
	plain := cli.NewReference().Root
	visit(cli.ReferenceFor(adapter).Root, func(cmd *cobra.Command) {
		without, _, err := plain.Find(strings.Fields(cmd.CommandPath())[1:])
		if err != nil {
			return // both trees come from one function
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if _, ofField := flag.Annotations[fields.Annotation]; !ofField && without.Flags().Lookup(flag.Name) == nil {
				fmt.Fprintf(&b, "| `%s` | `--%s` | %s |\n", cmd.CommandPath(), flag.Name, flag.Usage)
			}
		})
	})
	if b.Len() == 0 {
		return ""
	}
	return "\nFurther flags for this provider:\n\n| command | flag | effect |\n|---|---|---|\n" + b.String()
}

func exampleFile(table schema.Table) (string, error) {
	table = slices.Clone(table)
	for i, field := range table {
		if slices.Contains(field.WirePath(), "0") { // an item of a list is given by the field's name
			table[i].Wire = []string{field.Name}
		}
	}
	body, err := table.Encode(example(table))
	if err != nil {
		return "", err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, body, "", "  ")
	return indented.String(), err
}

func operationsTable(adapter provider.Adapter) string {
	var b strings.Builder
	b.WriteString("| operation | request | documentation |\n|---|---|---|\n")
	for _, capability := range provider.Capabilities() {
		if operation, ok := adapter.Endpoint(capability); ok {
			fmt.Fprintf(&b, "| %s | `%s` | <%s> |\n", capability, operation.Request, operation.Docs)
			continue
		}
		fmt.Fprintf(&b, "| %s | not documented | |\n", capability)
	}
	return b.String()
}

// proof returns how a provider's adapter was proved.
func proof(reference cli.Reference, name string) string {
	found, ok := reference.Described(name)
	if !ok {
		return "built in"
	}
	switch found.Proof {
	case describe.ProofServer:
		return "run against the real server by a test"
	case describe.ProofSeen:
		return "the real server was used by hand"
	default:
		return "documentation"
	}
}

// description returns what is special about a described provider, "" for one that is built in.
func description(reference cli.Reference, adapter provider.Adapter) string {
	found, ok := reference.Described(adapter.Name)
	if !ok {
		return ""
	}
	var b strings.Builder
	composed := 0
	for _, example := range found.Examples {
		if example.Composed {
			composed++
		}
	}
	fmt.Fprintf(&b, "usher knows it by a [description](../../internal/providers/catalogue/%s.yaml), proved by: %s. Its examples: %d, of which %d are composed\nfrom the words of the documentation or from responses of a real server, because no page prints them. Not part of it, or special:\n\n",
		adapter.Name, proof(reference, adapter.Name), len(found.Examples), composed)
	for _, note := range found.Notes {
		fmt.Fprintf(&b, "- %s\n", note)
	}
	b.WriteString("\n")
	return b.String()
}

// bodyOf returns what a user's file contains.
func bodyOf(adapter provider.Adapter) string {
	if adapter.Envelope != "" {
		return "what the documented body has in `" + adapter.Envelope + "`"
	}
	return "the documented body as it is"
}

// alternative says when a way to fill a header is used, "" if there is no other way.
func alternative(auth provider.Auth, header, setting string) string {
	for _, fixed := range auth.Headers {
		if fixed.Name == header {
			return ", where the profile sets `" + setting + "`"
		}
	}
	return ""
}
