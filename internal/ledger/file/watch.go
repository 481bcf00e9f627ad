package file

import (
	"context"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/bring-aboard/usher/internal/ledger"
)

// watch is the files that must remain at their paths while a run sends: the ledger, its log, and the lock. SQLite
// continues to write to a removed or moved file, where no later run finds the data; and a removed lock file locks
// nothing. A loss is permanent, even if the file returns.
type watch struct {
	files []watchedFile
	loss  atomic.Pointer[ledger.Error]
}

type watchedFile struct {
	path   string
	info   fs.FileInfo // of the open file
	reason ledger.Kind // of the loss
}

// check returns an [*ledger.Error] if one of the files is no longer at its path.
func (w *watch) check() error {
	if loss := w.loss.Load(); loss != nil {
		return loss
	}
	for _, file := range w.files {
		if err := file.check(); err != nil {
			loss := fail(file.reason, "continue with the ledger", file.path, err)
			w.loss.Store(loss)
			return loss
		}
	}
	return nil
}

// The ways in which a file is lost.
var (
	errDisappeared = errors.New("the file disappeared during the run")
	errReplaced    = errors.New("the file was replaced during the run")
)

func (f watchedFile) check() error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errDisappeared
	case err != nil:
		return err
	case !os.SameFile(now, f.info):
		return errReplaced
	default:
		return nil
	}
}

// watchFor returns the watch of a run with a lock. The run must be in the ledger already, so that the log exists.
func (l *Ledger) watchFor(lock *Lock) (*watch, error) {
	info, err := lock.file.Stat()
	if err != nil {
		return nil, err
	}
	w := &watch{files: []watchedFile{{l.path, l.file, ledger.Lost}, {lock.path, info, ledger.Unlocked}}}
	if log, err := os.Stat(l.path + "-wal"); err == nil {
		w.files = append(w.files, watchedFile{l.path + "-wal", log, ledger.Lost})
	}
	return w, w.check()
}

// steadyConnector opens every further connection to the file that was opened first. If another file is at its
// path, or none, it returns an error and creates none.
type steadyConnector struct {
	driver.Connector
	ledger *Ledger
}

// Connect implements [driver.Connector].
func (c steadyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.ledger.file == nil {
		return c.Connector.Connect(ctx)
	}
	if err := c.ledger.isSteady(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.ledger.isSteady(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// isSteady returns an [*ledger.Error] if the ledger's path has another file than at the opening, or none.
func (l *Ledger) isSteady() error {
	if err := (watchedFile{l.path, l.file, ledger.Lost}).check(); err != nil {
		return fail(ledger.Lost, "open the ledger", l.path, err)
	}
	return nil
}
