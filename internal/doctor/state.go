package doctor

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ledger/shared"
)

// leastSpace is the number of bytes that the ledger of a large import may need.
const leastSpace = 100 << 20

// stateDirectory writes a file into the directory of the ledger, and removes it.
func (e *examination) stateDirectory(context.Context) []Check {
	dir, err := e.app.StateDir()
	if err != nil {
		return failures(StateFolder, err)
	}
	const next = file.NextWritable
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return one(StateFolder, Failed, err.Error(), next)
	}
	probe, err := os.CreateTemp(dir, "doctor-*.tmp")
	if err != nil {
		return one(StateFolder, Failed, err.Error(), next)
	}
	_, err = probe.WriteString("it can be written")
	for _, step := range []func() error{probe.Close, func() error { return os.Remove(probe.Name()) }} {
		if failed := step(); err == nil {
			err = failed
		}
	}
	if err != nil {
		return one(StateFolder, Failed, err.Error(), next)
	}
	free, known := freeSpace(dir)
	switch {
	case !known:
		return one(StateFolder, OK, dir+" is writable", "")
	case free < leastSpace:
		return one(StateFolder, Warning, fmt.Sprintf("%s is writable, but its disk has only %s free", dir, inWords(free)),
			"free some disk space, or set "+file.EnvStateDir+" to a directory on another disk")
	default:
		return one(StateFolder, OK, fmt.Sprintf("%s is writable, %s free", dir, inWords(free)), "")
	}
}

// inWords returns a number of bytes in the largest unit of which there is one.
func inWords(bytes uint64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	unit, amount := 0, float64(bytes)
	for amount >= 1024 && unit < len(units)-1 {
		unit, amount = unit+1, amount/1024
	}
	return fmt.Sprintf("%.0f %s", amount, units[unit])
}

// ledger opens the ledger and lists the locks.
func (e *examination) ledger(ctx context.Context) (found []Check) {
	if _, err := e.app.Config(); err != nil { // which ledger it is, is not known
		return append(one(Ledger, Skipped, "configuration not readable", ""), one(Locks, Skipped, "ledger not available", "")...)
	}
	book, err := e.app.Ledger(ctx)
	if err != nil {
		return append(failures(Ledger, err), one(Locks, Skipped, "ledger not available", "")...)
	}
	defer func() {
		if err := book.Close(); err != nil {
			found = append(found, failures(Ledger, err)...)
		}
	}()
	version, err := book.Version(ctx)
	if err != nil {
		return append(failures(Ledger, err), one(Locks, Skipped, "ledger not available", "")...)
	}
	found = one(Ledger, OK, fmt.Sprintf("%s, version %d", book.Place(), version), "")
	if shared, ok := book.(*shared.Ledger); ok {
		found = database(ctx, shared, version)
	}
	merged, err := book.Merged(ctx)
	if err != nil {
		found = append(found, failures(Ledger, err)...)
	}
	for _, target := range slices.Sorted(maps.Keys(merged)) {
		found = append(found, one(Ledger, Warning, app.SpellingsWarning(target, merged[target]), "usher runs list")...)
	}
	holders, err := book.Holders(ctx)
	switch {
	case err != nil:
		return append(found, failures(Locks, err)...)
	case len(holders) == 0:
		return append(found, one(Locks, OK, "none", "")...)
	}
	for _, holder := range holders {
		found = append(found, one(Locks, OK, atWork(holder), "")...)
	}
	return found
}

// atWork returns the description of a lock.
func atWork(holder ledger.Holder) string {
	if holder.Who == "" {
		return "in use by another usher"
	}
	text := "in use by " + holder.Who
	if holder.Target != "" {
		text = leak.Address(holder.Target) + ": " + text
	}
	if holder.Run != "" {
		text += ", run " + holder.Run
	}
	return text + ", since " + holder.Since.Local().Format("2006-01-02 15:04:05")
}
