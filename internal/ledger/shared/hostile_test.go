package shared_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Several machines may be the first.
func TestFirstOpenings(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	for range 5 {
		url := cluster.Database(t)
		var opening sync.WaitGroup
		for range 8 {
			dir := t.TempDir()
			opening.Go(func() {
				l, err := shared.Open(t.Context(), shared.Config{URL: url, Key: key, Dir: dir})
				if err != nil {
					t.Error(err)
					return
				}
				_ = l.Close()
			})
		}
		opening.Wait()
	}
}

// A copy of a state directory is another machine: its processes do not see the locks of the first.
func TestCopiedStateDirectory(t *testing.T) {
	t.Parallel()
	url, dir, other := pgtest.Start(t).Database(t), t.TempDir(), filepath.Join(t.TempDir(), "copy")
	first := open(t, url, dir)
	t.Cleanup(func() { _ = first.Close() })
	held := ledgertest.Lock(t, first, target)
	intend(t, ledgertest.Begin(t, held), 1, 1)
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	second := open(t, url, other)
	t.Cleanup(func() { _ = second.Close() })
	if lock, err := second.Lock(t.Context(), target); !is[*ledger.LockedError](err) {
		_ = lock.Release()
		t.Errorf("the copy took the target over: %v", err)
	}
	takeOver(t, second, url)
	if standing, doubt := doubtOf(t, second, 1); standing != ledger.Doubtful || doubt != ledger.DoubtForeign {
		t.Errorf("got %v, %q", standing, doubt)
	}
}

// A backup is restored while a machine sleeps: the epochs and the numbers of runs begin again where the backup was made. The
// machine changes nothing of the runs that came afterwards.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	url := cluster.Database(t)
	first, second := machine(t, url), machine(t, url)
	asleep := ledgertest.Begin(t, ledgertest.Lock(t, first, target))
	intend(t, asleep, 1, 1)
	cluster.Exec(t, url, `
		BEGIN;
		TRUNCATE usher.leases, usher.runs, usher.rows, usher.digests RESTART IDENTITY;
		COMMIT`)
	awake := ledgertest.Begin(t, ledgertest.Lock(t, second, target))
	intend(t, awake, 1, 3)

	if err := asleep.Intend(t.Context(), ledger.Intent{Row: 2, Digest: ledgertest.Person(9)}); kindOf(err) != ledger.Unlocked {
		t.Errorf("an intent gave %v", err)
	}
	for row := range 3 { // the queue reports a failure later
		_ = asleep.Record(t.Context(), ledger.Outcome{Row: row + 1, Digest: ledgertest.Person(10 + row), State: rowstate.Created, UserID: "wrong", Sends: 1})
	}
	if err := asleep.Finish(t.Context(), ledger.Summary{}); kindOf(err) != ledger.Unlocked {
		t.Errorf("finishing gave %v", err)
	}
	if wrong := cluster.Exec(t, url, `SELECT count(*) FROM usher.rows WHERE user_id = 'wrong'`); wrong != "0" {
		t.Errorf("%s rows of another run have its users", wrong)
	}
	if err := awake.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Error(err)
	}
}

// What a role or a database sets for its sessions changes nothing.
func TestConformanceWithOtherDefaults(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	ledgertest.Test(t, func(t testing.TB) func() ledger.Store {
		url, dir := cluster.Database(t), t.TempDir()
		name := nameOf(url)
		cluster.Exec(t, url, `
			CREATE SCHEMA hostile;
			GRANT USAGE ON SCHEMA hostile TO PUBLIC;
			CREATE TABLE hostile.runs (number text);
			CREATE TABLE hostile.rows (run text);
			CREATE FUNCTION hostile.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2001-01-01 00:00Z'::timestamptz $$;
			ALTER DATABASE `+name+` SET search_path = hostile;
			ALTER DATABASE `+name+` SET default_transaction_isolation = serializable;
			ALTER DATABASE `+name+` SET default_transaction_deferrable = on;
			ALTER DATABASE `+name+` SET statement_timeout = '10s';
			ALTER DATABASE `+name+` SET idle_in_transaction_session_timeout = '2s';
			ALTER DATABASE `+name+` SET datestyle = 'German, DMY';
			ALTER DATABASE `+name+` SET timezone = 'Asia/Kathmandu';
			ALTER DATABASE `+name+` SET standard_conforming_strings = off;
			ALTER DATABASE `+name+` SET client_encoding = latin1`)
		return func() ledger.Store { return open(t, url, dir) }
	})
}

// A database that cannot be used is refused with the next step.
func TestUnusableDatabases(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	for name, test := range map[string]struct {
		prepare string
		kind    ledger.Kind
		next    string
	}{
		"read only":             {`ALTER DATABASE NAME SET default_transaction_read_only = on`, ledger.Unwritable, "set the URL of the ledger to the primary server"},
		"old form of bytea":     {`ALTER DATABASE NAME SET bytea_output = escape`, ledger.Broken, "ALTER ROLE usher SET bytea_output = hex"},
		"schema of others":      {`CREATE SCHEMA usher`, ledger.Denied, "ask the database's owner"},
		"table of others":       {`CREATE SCHEMA usher AUTHORIZATION ROLE; CREATE TABLE usher.runs (n int)`, ledger.Damaged, "restore the schema usher from a backup"},
		"table meta of its own": {`SET ROLE ROLE; CREATE SCHEMA usher; CREATE TABLE usher.meta (n int)`, ledger.Damaged, "restore the schema usher from a backup"},
	} {
		url := cluster.Database(t)
		cluster.Exec(t, url, strings.NewReplacer("NAME", nameOf(url), "SET ROLE ROLE", "SET ROLE "+pgtest.Role, " ROLE", " "+pgtest.Role).Replace(test.prepare))
		if failure := refusal(t, url); failure.Kind != test.kind || !strings.HasPrefix(failure.Next[0], test.next) {
			t.Errorf("%s: %s: %v, %q", name, failure.Kind, failure, failure.Next)
		}
	}
	for _, encoding := range []string{"SQL_ASCII", "LATIN1"} {
		url := cluster.Database(t)
		name := nameOf(url)
		cluster.Exec(t, "", `CREATE DATABASE `+name+`_other OWNER `+pgtest.Role+` ENCODING '`+encoding+`' TEMPLATE template0`)
		failure := refusal(t, strings.Replace(url, name, name+"_other", 1))
		if failure.Kind != ledger.Broken || !strings.Contains(failure.Next[0], "ENCODING 'UTF8'") {
			t.Errorf("%s: %s: %v, %q", encoding, failure.Kind, failure, failure.Next)
		}
	}
}

// A statement that the database cancels is tried again for the time of a lease. At the start the next step says which setting
// of the role does that.
func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	url := cluster.Database(t)
	machine(t, url) // it makes the tables
	cluster.Exec(t, url, `ALTER ROLE `+pgtest.Role+` IN DATABASE `+nameOf(url)+` SET statement_timeout = '1s'`)
	l := open(t, url, t.TempDir())
	t.Cleanup(func() { _ = l.Close() })
	run := ledgertest.Begin(t, ledgertest.Lock(t, l, target))
	held := make(chan struct{})
	go func() {
		defer close(held)
		cluster.Exec(t, url, `BEGIN; LOCK TABLE usher.rows, usher.meta; SELECT pg_sleep(2.5); COMMIT`)
	}()
	for cluster.Exec(t, url, `SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'usher.meta'::regclass`) == "0" {
		time.Sleep(10 * time.Millisecond)
	}
	if failure := refusal(t, url); failure.Kind != ledger.Unreachable || failure.Next[0] != "ALTER ROLE usher SET statement_timeout = 0" {
		t.Errorf("%s: %v, %q", failure.Kind, failure, failure.Next)
	}
	intend(t, run, 1, 1)
	<-held
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Error(err)
	}
}

// nameOf returns the name of the database of a URL.
func nameOf(url string) string {
	return url[strings.LastIndex(url, "/")+1 : strings.LastIndex(url, "?")]
}
