package auth

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// place is where a new token is stored.
type place struct {
	reference secret.Reference
	// account is the keyring account of a reference without one.
	account string
	// next is the command or phrase by which the profile uses the token; "" if it does already.
	next string
}

// place returns where the token is to be stored. It fails on a place that cannot be written before anything is prompted
// for or sent.
func (o *loginOptions) place(ctx context.Context, selection *app.Selection) (place, error) {
	profile, setting := selection.Profile, selection.Adapter.Login.Setting
	reference, _ := profile.Secret(setting)
	if o.tokenFile != "" {
		return o.fileOf(profile, setting, reference)
	}
	where := place{reference: reference, account: secret.Account(profile.Name, setting)}
	if !where.isWritable() {
		return place{}, notWritable(profile, setting, reference)
	}
	return where, refused(o.app.Secrets.CanStore(ctx, reference), profile.Name)
}

// fileOf returns the file of --token-file.
func (o *loginOptions) fileOf(profile *config.Profile, setting string, current secret.Reference) (place, error) {
	path, err := filepath.Abs(o.tokenFile)
	if err != nil {
		return place{}, failure.Refuse(err)
	}
	where := place{reference: secret.FromFile(path)}
	if err := o.app.Secrets.CanWrite(where.reference); err != nil {
		return place{}, failure.Refuse(err)
	}
	switch {
	case profile.SourceOf(setting).Layer == config.FromEnvironment || profile.Source.Layer == config.FromEnvironment && !profile.Has(setting):
		where.next = fmt.Sprintf("set %s to the content of %s", config.Setting{Name: setting}.Variable(), path)
	case current != where.reference:
		where.next = fmt.Sprintf("usher profiles edit %s --%s %s", profile.Name, setting, where.reference)
	}
	return where, nil
}

// refused returns the refusal of a place, with another one as the next step.
func refused(err error, profile string) error {
	if err == nil {
		return nil
	}
	return failure.Refuse(err, failure.Note("to store the token in a file that only you can read"), "usher auth login -p "+profile+" --token-file FILE")
}

// notWritable returns the error for a token that cannot be stored where the profile reads it.
func notWritable(profile *config.Profile, setting string, reference secret.Reference) error {
	why, inFile := failure.Note("to store it in a file that only you can read"), "usher auth login -p "+profile.Name+" --token-file FILE"
	if source := profile.SourceOf(setting); source.Layer == config.FromEnvironment {
		return failure.Refuse(fmt.Errorf("environment variable %s overrides %s of profile %s; a new token would not be used", source.Name, setting, profile.Name),
			"unset "+source.Name, why, inFile)
	}
	err := fmt.Errorf("profile %s: %s comes from %s, which is read-only", profile.Name, setting, reference)
	if reference.IsZero() {
		err = errors.New("profile " + profile.Name + ": no storage is configured for " + setting)
	}
	return failure.Refuse(err, failure.Note("to store it in the keyring"), fmt.Sprintf("usher profiles edit %s --%s keyring:", profile.Name, setting), why, inFile)
}

// isWritable reports whether usher can store a secret there: in a file or the keyring.
func (p place) isWritable() bool {
	_, inFile := p.reference.File()
	_, inKeyring := p.reference.KeyringAccount(p.account)
	return inFile || inKeyring
}

// String returns where it is.
func (p place) String() string {
	if path, ok := p.reference.File(); ok {
		return "the file " + path
	}
	return "the keyring"
}
