package secret

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
)

// The endings of the places next to an issued secret: the record of when it was issued, which a file does not need, and
// the secret that renews it.
const (
	noteSuffix    = "/issued"
	renewalSuffix = "/refresh"
	renewalFile   = ".refresh"
)

// Issued is a secret that a server has issued for a time.
type Issued struct {
	Value Value
	// Refresh is the secret by which new ones are requested; the zero Value for none.
	Refresh Value
	// At is when the server issued them.
	At time.Time
}

// IssuedAccounts returns the keyring accounts that belong to the account of an issued secret: of its age, and of the
// secret that renews it.
func IssuedAccounts(account string) []string {
	return []string{account + noteSuffix, account + renewalSuffix}
}

// StoreIssued writes an issued secret to the file or the keyring entry that a reference leads to, and next to it what
// belongs to it. Each record identifies its secret, so that it is ignored for one that is stored later in another way.
// account is the keyring account of a reference without one. Every error is an [*Error].
func (r Resolver) StoreIssued(ctx context.Context, ref Reference, account string, issued Issued) error {
	if err := r.put(ctx, ref, account, issued.Value); err != nil {
		return err
	}
	if name, ok := ref.KeyringAccount(account); ok {
		note := issued.At.UTC().Format(time.RFC3339) + " " + fingerprint(issued.Value)
		if err := r.Store(ctx, name+noteSuffix, Value{text: &note}); err != nil {
			return err
		}
	}
	beside := ref.renewal(account)
	if issued.Refresh.IsZero() {
		return r.discard(ctx, beside)
	}
	renewal := fingerprint(issued.Value) + " " + issued.Refresh.Reveal()
	return r.put(ctx, beside, "", Value{text: &renewal})
}

// Refresh returns the secret that renews an issued one. ok is false if there is none, or only that of another secret.
func (r Resolver) Refresh(ctx context.Context, ref Reference, account string, value Value) (refresh Value, ok bool) {
	beside := ref.renewal(account)
	if beside.IsZero() {
		return Value{}, false
	}
	stored, err := r.Resolve(ctx, beside, "")
	if err != nil {
		return Value{}, false
	}
	about, text, _ := strings.Cut(stored.Reveal(), " ")
	refresh, err = NewValue(text)
	return refresh, err == nil && about == fingerprint(value)
}

// renewal returns the reference to the secret that renews the one of a reference; the zero Reference if nothing can be
// stored next to it.
func (r Reference) renewal(account string) Reference {
	if path, ok := r.File(); ok {
		return FromFile(path + renewalFile)
	}
	if name, ok := r.KeyringAccount(account); ok {
		return FromKeyring(name + renewalSuffix)
	}
	return Reference{}
}

// put writes a secret to a file or to the keyring.
func (r Resolver) put(ctx context.Context, ref Reference, account string, value Value) error {
	if name, ok := ref.KeyringAccount(account); ok {
		return r.Store(ctx, name, value)
	}
	return r.Write(ctx, ref, value)
}

// discard removes a secret from a file or from the keyring. A missing one is not an error.
func (r Resolver) discard(ctx context.Context, ref Reference) error {
	if name, ok := ref.KeyringAccount(""); ok {
		return r.Delete(ctx, name)
	}
	path, err := r.writable(ref)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(ref, err)
	}
	return nil
}

// Issued returns when the secret that a reference leads to was issued: in the keyring from the record next to it, in a
// file from the time when the file was written. ok is false if that is not known.
func (r Resolver) Issued(ctx context.Context, ref Reference, account string, value Value) (issued time.Time, ok bool) {
	switch ref.scheme {
	case schemeKeyring:
		name, _ := ref.KeyringAccount(account)
		note, err := r.Resolve(ctx, FromKeyring(name+noteSuffix), "")
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

// CanStore fails with an [*Error] if [Resolver.StoreIssued] would, as far as that can be seen beforehand. It stores
// nothing.
func (r Resolver) CanStore(ctx context.Context, ref Reference) error {
	if _, ok := ref.KeyringAccount(""); ok {
		return r.Reach(ctx)
	}
	return r.CanWrite(ref)
}

// Reach fails with an [*Error] of kind NoKeyring if no keyring can be reached. It stores nothing.
func (r Resolver) Reach(ctx context.Context) error {
	_, err := r.useKeyring(ctx, FromKeyring(""), "reach", func(store Keyring) (string, error) { return store.Get(service, "reach") })
	if failure, ok := errors.AsType[*Error](err); ok && failure.Kind == Missing {
		return nil
	}
	return err
}
