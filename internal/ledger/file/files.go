package file

import (
	"errors"
	"os"
	"syscall"

	"github.com/bring-aboard/usher/internal/ledger"
)

// unwritable returns why a file could not be opened or made: NoFiles if this
// process has as many open files as it may, else Unwritable.
func unwritable(err error) ledger.Kind {
	if isOutOfFiles(err) {
		return ledger.NoFiles
	}
	return ledger.Unwritable
}

func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// filesOfSQLite is how many files SQLite opens for a database and beside it, with
// some to spare.
const filesOfSQLite = 8

// canOpen returns the error of opening as many files as SQLite does, which itself
// does not say why a file could not be opened.
func canOpen() error {
	var failure error
	var files []*os.File
	for len(files) < filesOfSQLite && failure == nil {
		var file *os.File
		if file, failure = os.Open(os.DevNull); failure == nil {
			files = append(files, file)
		}
	}
	for _, file := range files {
		_ = file.Close() // nothing was written
	}
	return failure
}
