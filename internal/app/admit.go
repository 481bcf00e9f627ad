package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/term"
)

// Admit returns an error if the users of a target in the ledger may belong to another tenant than the one that the
// connection reaches. Call it before the first request, under the lock of the target.
func Admit(ctx context.Context, a *App, book ledger.Store, lock ledger.Lock, selection *Selection, connection *Connection) error {
	id, err := Identity(book, selection, connection)
	if err != nil {
		return err
	}
	if err := lock.Admit(ctx, id); err != nil {
		return TenantFailure(selection, err)
	}
	return warnOfSpellings(ctx, a, book, lock, selection.Target)
}

// Identity returns the identity of the credentials at the target of a profile.
func Identity(book ledger.Store, selection *Selection, connection *Connection) (ledger.Identity, error) {
	defaults, err := Defaults(selection)
	if err != nil {
		return ledger.Identity{}, err
	}
	var credentials []string
	for _, value := range connection.Credentials() {
		credentials = append(credentials, value.Subject())
	}
	adapter := selection.Adapter
	organization := ""
	if field, ok := adapter.Table.Field(cmp.Or(adapter.Scope, adapter.Organization)); ok {
		organization = field.Text(defaults[field.Name])
	}
	return book.Digester().Identity(selection.Target, credentials, organization), nil
}

// TenantFailure returns a [*ledger.TenantError] as a failure with its next steps, and any other error unchanged.
func TenantFailure(selection *Selection, err error) error {
	failed, ok := errors.AsType[*ledger.TenantError](err)
	if !ok {
		return err
	}
	profile := selection.Profile
	check, name := "usher profiles check "+profile.Name, HowToSet(profile, "NAME", "tenant")
	same := []string{failure.Note("if the tenant is the same, for example after a token was renewed"), check + " --same-tenant", failure.Note("if it is another tenant")}
	next := slices.Concat(same, []string{name})
	switch failed.Reason {
	case ledger.NoTenant:
		next = []string{name}
	case ledger.NewTenant:
		next = slices.Concat(same, []string{check + " --new-tenant"})
	}
	return failure.Refuse(fmt.Errorf("profile %s: %w; nothing was sent", profile.Name, failed), next...)
}

// warnOfSpellings prints a warning, once, for a target that the ledger recorded as several targets.
func warnOfSpellings(ctx context.Context, a *App, book ledger.Store, lock ledger.Lock, target string) error {
	merged, err := book.Merged(ctx)
	if spellings := merged[target]; err == nil && len(spellings) > 0 {
		fmt.Fprintln(a.Streams.Err, a.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(SpellingsWarning(target, spellings)))
		err = lock.MergedTold(ctx)
	}
	return err
}

// SpellingsWarning returns the warning for a target that the ledger recorded as several targets.
func SpellingsWarning(target string, spellings []string) string {
	return fmt.Sprintf("earlier runs used several spellings of %s (%s): users in rosters of more than one may have been created more than once; to list the runs: usher runs list",
		target, strings.Join(spellings, ", "))
}
