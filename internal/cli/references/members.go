package references

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// membersOptions are the dependencies and the argument of `usher groups members`.
type membersOptions struct {
	app   *app.App
	group string
}

func newMembers(a *app.App, run func(context.Context, *membersOptions) error) *cobra.Command {
	o := &membersOptions{app: a}
	return &cobra.Command{
		Use:         "members GROUP",
		Short:       "List the users in a group",
		Annotations: cmdutil.Changes(),
		Long: `List the users in a group with their id, and with their name if the provider
returns one. Groups in the group are left out.

GROUP is the name or the id of a group. A name that several groups have is
refused; their ids are in the error.`,
		Example: `  usher groups members Engineering -p sandbox-scim

  # Count them
  usher groups members Engineering -p sandbox-scim -o id | wc -l`,
		Args:              cmdutil.Args("GROUP"),
		ValidArgsFunction: completeGroup(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.group = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// completeGroup completes the only argument.
func completeGroup(a *app.App) cobra.CompletionFunc {
	complete := cmdutil.CompleteKind(a, provider.Group)
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, begun)
	}
}

// memberDoc is usher.member/v1.
type memberDoc struct {
	Schema string `json:"schema"`
	Group  string `json:"group"` // the id
	ID     string `json:"id"`
	Name   string `json:"name"`
}

// members runs the command.
func members(ctx context.Context, o *membersOptions) (err error) {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if err := app.Documented(selection.Adapter, provider.CapabilityMembers, "list the members of a group"); err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	link := app.NewLazyConnection(func() (*app.Connection, error) { return o.app.Connect(ctx, selection, app.ConnectOptions{}) })
	defer link.Close()
	group, err := o.resolve(ctx, selection, link)
	if err != nil {
		return err
	}
	connection, err := link.Get()
	if err != nil {
		return err
	}
	out := printer.ListOf(ctx, "members", []render.Column{{Name: "id", Whole: true}, {Name: "name", Wrap: true}})
	defer func() { err = out.End(err) }()
	for member, err := range provider.Must[provider.MembershipManager](connection.Client).Members(ctx, group) {
		if err != nil {
			return listFailure(selection, err)
		}
		doc := memberDoc{Schema: "usher.member/v1", Group: group, ID: member.ID, Name: member.Name}
		if err := out.Add([]string{member.ID, member.Name}, doc, member.ID); err != nil {
			return err
		}
	}
	return nil
}

// resolve returns the id of the group.
func (o *membersOptions) resolve(ctx context.Context, selection *app.Selection, link *app.LazyConnection) (string, error) {
	field := schema.Field{Name: "GROUP", Refers: provider.Group}
	id, unknown, err := app.Names(ctx, o.app, selection, link).Existing(field, o.group)
	if err != nil {
		return "", err
	}
	if err := unknown.Err(); err != nil {
		return "", failure.Refuse(err, "usher groups list -p "+selection.Profile.Name)
	}
	return id.(string), nil
}
