package providers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// showOptions are the dependencies and arguments of `usher providers show`.
type showOptions struct {
	app  *app.App
	name string
}

func newShow(a *app.App, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{app: a}
	return &cobra.Command{
		Use:         "show NAME",
		Short:       "Show a provider's fields, settings and operations",
		Annotations: cmdutil.Changes(),
		Example: `  usher providers show sulu
  usher providers show evolution -o json`,
		Args: cmdutil.Args("NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, adapter := range a.Adapters {
				names = append(names, adapter.Name+"\t"+adapter.Vendor)
			}
			return append(names, a.Descriptions.Names()...), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// document is a provider for programs.
type document struct {
	Schema     string         `json:"schema"`
	Name       string         `json:"name"`
	Vendor     string         `json:"vendor"`
	Docs       string         `json:"docs"`
	BaseURL    string         `json:"base_url,omitempty"`
	Key        string         `json:"key"`
	Origin     string         `json:"origin"`
	SHA256     string         `json:"sha256,omitempty"`
	Proof      string         `json:"proof,omitempty"`
	Notes      []string       `json:"notes,omitempty"`
	Settings   []settingDoc   `json:"settings"`
	Fields     []fieldDoc     `json:"fields"`
	Operations []operationDoc `json:"operations"`
}

type settingDoc struct {
	Name    string   `json:"name"`
	Help    string   `json:"help"`
	Secret  bool     `json:"secret"`
	Default string   `json:"default,omitempty"`
	Values  []string `json:"values,omitempty"`
}

type fieldDoc struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
	Secret   bool   `json:"secret"`
	Flag     string `json:"flag"`
	Help     string `json:"help"`
}

type operationDoc struct {
	Capability provider.Capability `json:"operation"`
	Documented bool                `json:"documented"`
	Request    string              `json:"request,omitempty"`
	Docs       string              `json:"docs,omitempty"`
}

func show(ctx context.Context, o *showOptions) error {
	adapter, err := find(o.app, o.name)
	if err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	switch {
	case printer.ForPeople():
		return page(o.app, printer, adapter)
	case printer.PrintsDocuments(), printer.PrintsIDs():
		return printer.Object(ctx, documentOf(o.app, adapter), nil, adapter.Name)
	default:
		return fieldList(ctx, o.app, printer, adapter)
	}
}

func documentOf(a *app.App, adapter provider.Adapter) document {
	doc := document{
		Schema: "usher.provider/v1", Name: adapter.Name, Vendor: adapter.Vendor, Docs: adapter.Docs,
		BaseURL: adapter.BaseURL, Key: adapter.Key, Origin: "built in",
	}
	if one, err := a.Descriptions.Get(adapter.Name); err == nil {
		doc.Origin, doc.SHA256, doc.Proof, doc.Notes = one.Origin, one.SHA256, string(one.Proof), one.Notes
	}
	for _, setting := range adapter.Settings {
		doc.Settings = append(doc.Settings, settingDoc{setting.Name, setting.Help, setting.Secret, setting.Default, setting.Values})
	}
	for _, field := range adapter.Table.Ordered() {
		doc.Fields = append(doc.Fields, fieldDoc{field.Name, fields.TypeOf(field), field.Required, field.Secret, fields.FlagFor(field), field.Help})
	}
	for _, capability := range provider.Capabilities() {
		operation, ok := adapter.Endpoint(capability)
		doc.Operations = append(doc.Operations, operationDoc{capability, ok, operation.Request, operation.Docs})
	}
	return doc
}

// fieldList prints the fields for programs that read lines.
func fieldList(ctx context.Context, a *app.App, printer *render.Printer, adapter provider.Adapter) (err error) {
	list := printer.List(ctx, []render.Column{{Name: "name", Wrap: true}, {Name: "type", Wrap: true}, {Name: "required"}, {Name: "flag", Wrap: true}, {Name: "help", Wrap: true}})
	defer func() { err = errors.Join(err, list.Close()) }()
	for _, field := range documentOf(a, adapter).Fields {
		if err := list.Add([]string{field.Name, field.Type, fmt.Sprint(field.Required), field.Flag, field.Help}, field, field.Name); err != nil {
			return err
		}
	}
	return nil
}

// page prints everything on a terminal.
func page(a *app.App, printer *render.Printer, adapter provider.Adapter) error {
	doc, style := documentOf(a, adapter), a.Streams.OutStyle()
	var b strings.Builder
	line := func(lead, text string) { writeLine(&b, printer.LineWidth(), lead, text) }
	fmt.Fprintf(&b, "%s  %s\n", style.Bold(doc.Name), term.SanitizeLine(doc.Vendor))
	about := func(label, text string) {
		if text != "" {
			line(fmt.Sprintf("%-14s ", label), text)
		}
	}
	about("documentation", doc.Docs)
	about("base URL", cmp.Or(doc.BaseURL, "set in the profile (differs by tenant)"))
	about("natural key", doc.Key)
	about("origin", doc.Origin)
	about("SHA-256", doc.SHA256)
	if doc.Proof != "" {
		about("proof", proofOf(doc.Proof))
	}
	for _, note := range doc.Notes {
		about("note", note)
	}

	fmt.Fprintf(&b, "\n%s\n", style.Bold("Settings of a profile"))
	for _, setting := range doc.Settings {
		note := ""
		if setting.Default != "" {
			note = " (default " + setting.Default + ")"
		}
		if setting.Secret {
			note = " (secret)"
		}
		line(fmt.Sprintf("  %-18s ", setting.Name), setting.Help+note)
	}
	fmt.Fprintf(&b, "\n%s\n", style.Bold("Fields of a user"))
	for _, field := range doc.Fields {
		note := ""
		if field.Required {
			note = " (required)"
		}
		line(fmt.Sprintf("  %-18s %-24s ", field.Name, field.Type), field.Help+note)
	}
	fmt.Fprintf(&b, "\n%s\n", style.Bold("Operations"))
	for _, operation := range doc.Operations {
		lead := fmt.Sprintf("  %-18s ", operation.Capability)
		if !operation.Documented {
			line(lead, "not documented")
			continue
		}
		line(lead, operation.Request)
		line(strings.Repeat(" ", len(lead)), operation.Docs)
	}
	_, err := a.Streams.Out.Write([]byte(b.String()))
	return err
}

// writeLine writes a text behind a lead, wrapped at a width. A lead that leaves too little room is on a separate line.
func writeLine(b *strings.Builder, width int, lead, text string) {
	const indent = "                     " // of the texts behind most leads
	lead, text = term.SanitizeLine(lead), term.SanitizeLine(text)
	if width > 0 && term.TextWidth(lead)+term.TextWidth(text) > width && term.TextWidth(lead) > width/2 {
		fmt.Fprintln(b, strings.TrimRight(lead, " "))
		lead = indent
	}
	for _, line := range term.Hang(lead, text, width) {
		fmt.Fprintln(b, line)
	}
}

// proofOf returns how a description was proved, in words.
func proofOf(proof string) string {
	switch proof {
	case "server":
		return "run against the real server by a test"
	case "seen":
		return "the real server was used by hand"
	default:
		return "written from documentation; not run against the real server"
	}
}
