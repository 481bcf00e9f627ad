package cmdutil

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// completionPatience is the timeout of a completion.
const completionPatience = 2 * time.Second

// CompleteNames adds completion to the flags whose fields accept names: from the names that were read recently, or
// from the provider. It never prompts for a credential, and it completes nothing after an error.
func CompleteNames(cmd *cobra.Command, a *app.App, selection *app.Selection, table schema.Table) {
	for _, field := range table {
		if !names.Refers(field) || cmd.Flags().Lookup(field.FlagName()) == nil {
			continue
		}
		// Only a second registration fails.
		_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeName(cmd.Context(), a, selection, field, begun)
		})
	}
}

// CompleteKind returns the completion of the names of a kind of things at the selected profile, as CompleteNames has it.
func CompleteKind(a *app.App, kind string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		selection, err := a.Selected()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeName(cmd.Context(), a, selection, schema.Field{Refers: kind}, begun)
	}
}

func completeName(ctx context.Context, a *app.App, selection *app.Selection, field schema.Field, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	defer cancel()
	loud := a.Streams.Err
	a.Streams.Err = io.Discard
	defer func() { a.Streams.Err = loud }()
	found, more, err := names.Complete(field, begun, func(kind string) ([]names.Thing, error) {
		return app.RecentNames(ctx, a, selection, kind)
	})
	directive := cobra.ShellCompDirectiveNoFileComp
	if err != nil {
		return nil, directive
	}
	if more && len(found) > 0 {
		directive |= cobra.ShellCompDirectiveNoSpace
	}
	var completions []cobra.Completion
	for _, one := range found {
		completions = append(completions, cobra.CompletionWithDesc(one.Text, term.SanitizeLine(one.About)))
	}
	return completions, directive
}
