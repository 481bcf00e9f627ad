package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/secret"
)

// openLedger opens the shared ledger if the configuration has one, otherwise that of this machine.
func openLedger(ctx context.Context, a *app.App) (ledger.Store, error) {
	dir, team, err := ledgerOf(ctx, a)
	if err != nil {
		return nil, err
	}
	var opened ledger.Store
	if team == nil {
		opened, err = file.Open(ctx, dir)
	} else {
		opened, err = shared.Open(ctx, *team)
	}
	if err != nil {
		return nil, failure.Refuse(err)
	}
	return opened, nil
}

// ledgerOf returns the state directory, and how the shared ledger is reached, with its secrets; nil if there is none.
func ledgerOf(ctx context.Context, a *app.App) (dir string, team *shared.Config, err error) {
	if dir, err = a.StateDir(); err != nil {
		return "", nil, failure.Refuse(err)
	}
	loaded, err := a.Config()
	if err != nil {
		return dir, nil, err
	}
	settings, err := loaded.Shared()
	if err != nil {
		return dir, nil, failure.Refuse(err)
	}
	if settings == nil {
		return dir, nil, nil
	}
	wanted, err := sharedConfig(ctx, a, settings, dir)
	if err != nil {
		return dir, nil, failure.Refuse(err)
	}
	return dir, &wanted, nil
}

// sharedConfig resolves the secrets of the shared ledger.
func sharedConfig(ctx context.Context, a *app.App, settings *config.Shared, dir string) (shared.Config, error) {
	wanted := shared.Config{URL: settings.Plain, Lease: settings.Lease, Dir: dir}
	if !settings.URL.IsZero() {
		url, err := sharedSecret(ctx, a, settings, config.SettingLedger, settings.URL)
		if err != nil {
			return shared.Config{}, err
		}
		wanted.URL = strings.TrimSpace(url.Reveal())
	}
	key, err := sharedSecret(ctx, a, settings, config.SettingLedgerKey, settings.Key)
	if err != nil {
		return shared.Config{}, err
	}
	wanted.Key, err = hex.DecodeString(strings.TrimSpace(key.Reveal()))
	if err != nil || len(wanted.Key) != keySize {
		return shared.Config{}, settings.KeyError("must be 64 hexadecimal digits")
	}
	return wanted, nil
}

// keySize is the number of bytes of a ledger's key.
const keySize = 32

// sharedSecret fetches a secret of the shared ledger. In the keyring its account is the name of the setting.
func sharedSecret(ctx context.Context, a *app.App, settings *config.Shared, setting string, reference secret.Reference) (secret.Value, error) {
	value, err := a.Secrets.Resolve(ctx, reference, setting)
	if err != nil {
		return secret.Value{}, settings.Error(setting, err)
	}
	return value, nil
}

// moveLedger moves the ledger of this machine into the shared one.
func moveLedger(ctx context.Context, a *app.App) (runs int, place string, err error) {
	dir, team, err := ledgerOf(ctx, a)
	if err != nil {
		return 0, "", err
	}
	if team == nil {
		return 0, "", failure.Refuse(errors.New("no shared ledger is set: USHER_LEDGER or ledger is required"), "usher runs import --help")
	}
	if _, err := os.Stat(filepath.Join(dir, file.FileName)); errors.Is(err, fs.ErrNotExist) {
		return 0, "", failure.Refuse(fmt.Errorf("%s: no ledger", dir), "usher runs list")
	}
	own, err := file.Open(ctx, dir)
	if err != nil {
		return 0, "", err
	}
	runs, place, err = shared.Import(ctx, *team, own)
	if err != nil {
		return 0, place, errors.Join(err, own.Close())
	}
	return runs, place, own.Retire(ctx)
}

// importLedger makes a copy that a ledger has exported the ledger of this machine, or the shared one if that is set.
func importLedger(ctx context.Context, a *app.App, from io.Reader) (runs int, place string, err error) {
	dir, team, err := ledgerOf(ctx, a)
	if err != nil {
		return 0, "", err
	}
	if team == nil {
		runs, err = file.Import(ctx, dir, from)
		return runs, dir, err
	}
	err = file.Unpack(ctx, dir, from, func(copied *file.Ledger) (err error) {
		runs, place, err = shared.Import(ctx, *team, copied)
		return err
	})
	return runs, place, err
}
