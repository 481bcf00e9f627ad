package cmdutil

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// CompletionVariable is the environment variable that forbids the requests of completions, if its value is local.
const CompletionVariable = "USHER_COMPLETION"

// mayAsk reports whether a completion may send a request.
func mayAsk(a *app.App) bool {
	where, _ := a.LookupEnv(CompletionVariable)
	return where != "local"
}

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

// CompleteKeys returns the completion of the natural keys of users, from the provider's list. Keys that were typed
// before are not offered again. It stores nothing, never prompts for a credential, and completes nothing after an error.
func CompleteKeys(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, typed []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const most = 100
		selection, err := a.Selected()
		if err != nil || !mayAsk(a) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, done := quietly(cmd.Context(), a)
		defer done()
		keys, _ := app.KeysOfUsers(ctx, a, selection, begun, most)
		keys = slices.DeleteFunc(keys, func(key string) bool { return slices.Contains(typed, key) || term.SanitizeLine(key) != key })
		return keys, cobra.ShellCompDirectiveNoFileComp
	}
}

// quietly returns the context of a completion, and discards messages until done is called.
func quietly(ctx context.Context, a *app.App) (_ context.Context, done func()) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionPatience)
	loud := a.Streams.Err
	a.Streams.Err = io.Discard
	return ctx, func() {
		a.Streams.Err = loud
		cancel()
	}
}

func completeName(ctx context.Context, a *app.App, selection *app.Selection, field schema.Field, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if !mayAsk(a) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, done := quietly(ctx, a)
	defer done()
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
