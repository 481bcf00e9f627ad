package file

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
)

// reasonIs fails unless the error is the store's, for this reason, and has
// the path and a next step.
func reasonIs(t *testing.T, err error, want ledger.Kind, path string) {
	t.Helper()
	failure, ok := errors.AsType[*ledger.Error](err)
	if !ok || failure.Kind != want {
		t.Fatalf("got %v, want an error for the reason %q", err, want)
	}
	if !strings.Contains(err.Error(), path) || len(failure.Steps()) == 0 {
		t.Errorf("%q: next steps %q, want the path and a step", err, failure.Steps())
	}
}

// advice returns an error with its next steps.
func advice(err error) string {
	text := err.Error()
	if failure, ok := errors.AsType[*ledger.Error](err); ok {
		text += "; " + strings.Join(failure.Steps(), "; ")
	}
	return text
}

// edit changes a ledger's file behind its back.
func edit(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefusesNewerVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	openTest(t, dir)
	edit(t, path, "PRAGMA user_version = 99")
	_, err := Open(t.Context(), dir)
	reasonIs(t, err, ledger.Newer, path)
	if !strings.Contains(err.Error(), "version 99") || !strings.Contains(advice(err), "update usher") {
		t.Errorf("got %q", err)
	}
}

func TestOpenRefusesForeignFiles(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"another program's database": func(t *testing.T, path string) { edit(t, path, "CREATE TABLE theirs (a)") },
		"another program's version":  func(t *testing.T, path string) { edit(t, path, "PRAGMA user_version = 1") },
		"a text": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a ledger without its key": func(t *testing.T, path string) {
			openTest(t, filepath.Dir(path))
			edit(t, path, "DELETE FROM meta")
		},
		"a single byte": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("S"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"a short file": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("SQLite format 3\x00"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), FileName)
			spoil(t, path)
			_, err := Open(t.Context(), filepath.Dir(path))
			reasonIs(t, err, ledger.Damaged, path)
		})
	}
}

func TestOpenWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "state")
	_, err := Open(t.Context(), dir)
	reasonIs(t, err, ledger.Unwritable, dir)
	if !strings.Contains(advice(err), EnvStateDir) {
		t.Errorf("%q does not name %s", err, EnvStateDir)
	}

	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), folder)
	reasonIs(t, err, ledger.Unwritable, folder)
}

func TestOpenWithCancelledContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A file of version 0, as it is between its making and its migration, is
// brought up to date; what a later open finds is unchanged.
func TestMigrationFromEmptyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := openTest(t, dir)
	var version int
	if err := l.db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil || version != len(migrations()) {
		t.Errorf("got version %d, %v", version, err)
	}
	if got := openTest(t, dir).Digester().Digest("t", "", "k"); got != l.Digester().Digest("t", "", "k") {
		t.Error("the key of the digests changed between two openings")
	}
}

// A step that fails leaves the file as it was.
func TestMigrationIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	broken := errors.New("broken")
	err := step(t.Context(), l.db, len(migrations()), func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TABLE half (a)"); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if version, err := versionOf(t.Context(), l.db); err != nil || version != len(migrations()) {
		t.Errorf("got version %d, %v", version, err)
	}
	if _, err := l.db.ExecContext(t.Context(), "SELECT * FROM half"); err == nil {
		t.Error("half of the step stayed")
	}
}

// The settings on which durability rests are in force on every connection, one
// that a run has written with and given back among them.
func TestSettings(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	opened := l.db.Stats().OpenConnections
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if idle := l.db.Stats().Idle; idle == 0 || idle > 2 || opened > 2 {
		t.Fatalf("%d connections, %d of them idle: the run's may not be among the two that are looked at", opened, idle)
	}
	for range 2 {
		conn, err := l.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
			"fullfsync": "1", "checkpoint_fullfsync": "1", "trusted_schema": "0", "cell_size_check": "1",
		} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q, %v; want %q", pragma, got, err, want)
			}
		}
	}
}

// The digests of a ledger are those of the key in its file, which no other ledger has.
func TestDigestsHaveTheKeyOfTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	digest := l.Digester().Digest("target", "", "ada")
	for name, same := range map[string]*ledger.Digester{"the file": ledger.NewDigester(keyOf(t, l)), "another open": openTest(t, dir).Digester()} {
		if same.Digest("target", "", "ada") != digest {
			t.Errorf("%s has another key", name)
		}
	}
	if openTest(t, t.TempDir()).Digester().Digest("target", "", "ada") == digest {
		t.Error("two ledgers have one key")
	}
}
