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

// noteSuffix names the keyring entry that says when the secret beside it was issued.
const noteSuffix = "/issued"

// NoteAccount gives the keyring account of the note on a secret's age.
func NoteAccount(account string) string { return account + noteSuffix }

// StoreIssued writes a secret to the keyring as [Resolver.Store] does, and
// beside it when it was issued. The note tells which secret it is about, so that
// it says nothing of one that is stored later by other means.
func (r Resolver) StoreIssued(ctx context.Context, account string, value Value, issued time.Time) error {
	if err := r.Store(ctx, account, value); err != nil {
		return err
	}
	note := issued.UTC().Format(time.RFC3339) + " " + fingerprint(value)
	return r.Store(ctx, NoteAccount(account), Value{text: &note})
}

// Issued tells when the secret was issued that a reference led to: in the
// keyring by the note beside it, in a file by the time when the file was
// written. ok is false where that is not known.
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

// fingerprint tells secrets apart without holding them.
func fingerprint(value Value) string {
	sum := sha256.Sum256([]byte(value.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// Reach fails with an [*Error] of kind NoKeyring where no keyring can be
// reached. It stores nothing.
func (r Resolver) Reach(ctx context.Context) error {
	_, err := r.useKeyring(ctx, FromKeyring(""), "reach", func(store Keyring) (string, error) { return store.Get(service, "reach") })
	if failure, ok := errors.AsType[*Error](err); ok && failure.Kind == Missing {
		return nil
	}
	return err
}
