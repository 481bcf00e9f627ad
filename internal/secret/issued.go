package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"time"
)

// noteSuffix ends the keyring entry with the time when the secret next to it was issued.
const noteSuffix = "/issued"

// NoteAccount returns the keyring account of the record of a secret's age.
func NoteAccount(account string) string { return account + noteSuffix }

// StoreIssued writes a secret to the keyring as [Resolver.Store] does, and next to it when it was issued. The record
// identifies its secret, so that it is ignored for one that is stored later in another way.
func (r Resolver) StoreIssued(ctx context.Context, account string, value Value, issued time.Time) error {
	if err := r.Store(ctx, account, value); err != nil {
		return err
	}
	note := issued.UTC().Format(time.RFC3339) + " " + fingerprint(value)
	return r.Store(ctx, NoteAccount(account), Value{text: &note})
}

// Issued returns when the secret that a reference leads to was issued: in the keyring from the record next to it, in a
// file from the time when the file was written. ok is false if that is not known.
func (r Resolver) Issued(ctx context.Context, ref Reference, account string, value Value) (issued time.Time, ok bool) {
	switch ref.scheme {
	case schemeKeyring:
		name, _ := ref.KeyringAccount(account)
		note, err := r.Resolve(ctx, FromKeyring(NoteAccount(name)), "")
		if err != nil {
			return time.Time{}, false
		}
		when, about, _ := strings.Cut(note.Reveal(), " ")
		issued, err = time.Parse(time.RFC3339, when)
		return issued, err == nil && about == fingerprint(value)
	case schemeFile:
		path, err := r.expand(ref.rest)
		if err != nil {
			return time.Time{}, false
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return time.Time{}, false
		}
		return info.ModTime(), true
	default:
		return time.Time{}, false
	}
}

// fingerprint identifies a secret without containing it.
func fingerprint(value Value) string {
	sum := sha256.Sum256([]byte(value.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// Reach fails with an [*Error] of kind NoKeyring if no keyring can be reached. It stores nothing.
func (r Resolver) Reach(ctx context.Context) error {
	_, err := r.useKeyring(ctx, FromKeyring(""), "reach", func(store Keyring) (string, error) { return store.Get(service, "reach") })
	if failure, ok := errors.AsType[*Error](err); ok && failure.Kind == Missing {
		return nil
	}
	return err
}
