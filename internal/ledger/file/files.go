package file

import (
	"errors"
	"os"
	"syscall"

	"github.com/bring-aboard/usher/internal/ledger"
)

// unwritable returns why a file could not be opened or created: NoFiles if this process has too many open files,
// else Unwritable.
func unwritable(err error) ledger.Kind {
	if isOutOfFiles(err) {
		return ledger.NoFiles
	}
	return ledger.Unwritable
}

func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// filesOfSQLite is the number of files that SQLite opens for a database, with some reserve.
const filesOfSQLite = 8

// canOpen returns the error of opening as many files as SQLite does, because SQLite does not report why a file
// could not be opened.
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
