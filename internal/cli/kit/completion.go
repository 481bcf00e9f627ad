package kit

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

// completionPatience is how long a person waits at the tabulator key.
const completionPatience = 2 * time.Second

// CompleteNames completes the values of the flags whose fields take names: from
// what was read not long ago, or else from the provider. It never asks a person
// for a credential, and is silent about whatever goes wrong.
func CompleteNames(cmd *cobra.Command, a *app.App, selection *app.Selection, table schema.Table) {
	for _, field := range table {
		if !names.Refers(field) || cmd.Flags().Lookup(field.FlagName()) == nil {
			continue
		}
		// It was not registered before, so this cannot fail.
		_ = cmd.RegisterFlagCompletionFunc(field.FlagName(), func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return completeName(cmd.Context(), a, selection, field, begun)
		})
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
		return recent(ctx, a, selection, kind)
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

// recent gives the things of a kind as they were not long ago, or as the
// provider lists them now.
func recent(ctx context.Context, a *app.App, selection *app.Selection, kind string) ([]names.Thing, error) {
	if cache, ok := cacheOf(a); ok {
		if kept, ok := cache.Get(placeOf(selection), kind); ok {
			return kept, nil
		}
	}
	if !unattended(selection) {
		return nil, nil
	}
	connection, err := a.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return things(ctx, a, selection, connection.Client, kind)
}

// unattended tells whether the credentials can be had without asking anybody.
func unattended(selection *app.Selection) bool {
	for _, setting := range selection.Adapter.Settings {
		if reference, ok := selection.Profile.Secret(setting.Name); ok && setting.Secret && !reference.Unattended() {
			return false
		}
	}
	return true
}

// remember keeps names for completion. That it cannot is nobody's concern.
func remember(a *app.App, selection *app.Selection, kind string, things []names.Thing) {
	if cache, ok := cacheOf(a); ok {
		_ = cache.Put(placeOf(selection), kind, things)
	}
}

func cacheOf(a *app.App) (names.Cache, bool) {
	folder, err := a.CacheDir()
	return names.Cache{Folder: folder, Now: time.Now}, err == nil
}

// placeOf tells profiles apart, also those that differ in credentials alone:
// each may see other things.
func placeOf(selection *app.Selection) string {
	return selection.Profile.Name + "\n" + selection.Target
}
