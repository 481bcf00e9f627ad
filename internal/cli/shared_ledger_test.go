package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bring-aboard/usher/internal/pgtest"
)

// sharedScripts is the number of scripts with a shared ledger, like scripts.
const sharedScripts = 4

// TestSharedLedgerScripts runs the scripts that need a PostgreSQL server. Each has a database of its own.
func TestSharedLedgerScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/shared/*.txtar")
	if err != nil || len(files) != sharedScripts {
		t.Fatalf("found %d scripts (%v), want %d", len(files), err, sharedScripts)
	}
	cluster := pgtest.Start(t)
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: func(env *testscript.Env) error {
			database := cluster.Database(t)
			env.Setenv("USHER_LEDGER", database)
			env.Setenv("USHER_LEDGER_KEY", strings.Repeat("5a", 32))
			env.Setenv("OTHER_KEY", strings.Repeat("a5", 32))
			env.Setenv("WRONG_PASSWORD", strings.Replace(database, pgtest.Password, "not-the-password", 1))
			env.Setenv("NO_DATABASE", strings.Replace(database, "?", "_not?", 1))
			env.Setenv("NO_SERVER", refusing(t, database))
			env.Setenv("TLS", cluster.TLS(t, database))
			env.Setenv("OTHER_HOST", strings.Replace(cluster.TLS(t, database), "localhost", "127.0.0.1", 1))
			env.Setenv("NO_TLS", strings.Replace(cluster.Bouncer(t, database), "sslmode=disable", "sslmode=require", 1))
			env.Setenv("READER", readerOf(t, cluster, database))
			env.Setenv("FROZEN", frozenOf(t, cluster, database))
			env.Setenv("SECOND_URL", cluster.Database(t))
			env.Setenv("NEWER", newerOf(t, cluster))
			return emptyHome(env)
		},
		Cmds:                scriptCommands(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// refusing returns the URL of a database behind a server that refuses every connection.
func refusing(t *testing.T, database string) string {
	t.Helper()
	proxy := pgtest.NewProxy(t, database)
	proxy.Refuse(true)
	return proxy.URL()
}

// readerOf returns the URL of a role that may only read the tables that usher makes in a database.
func readerOf(t *testing.T, cluster *pgtest.Cluster, database string) string {
	t.Helper()
	reader := "reader_" + database[strings.LastIndex(database, "_")+1:strings.LastIndex(database, "?")]
	cluster.Exec(t, database, `
		CREATE ROLE `+reader+` LOGIN PASSWORD '`+pgtest.Password+`';
		ALTER DEFAULT PRIVILEGES FOR ROLE `+pgtest.Role+` GRANT SELECT ON TABLES TO `+reader+`;
		ALTER DEFAULT PRIVILEGES FOR ROLE `+pgtest.Role+` GRANT USAGE ON SCHEMAS TO `+reader)
	return strings.Replace(database, pgtest.Role+":", reader+":", 1)
}

// frozenOf returns the URL of a role that has every right in a database, and whose transactions are read-only.
func frozenOf(t *testing.T, cluster *pgtest.Cluster, database string) string {
	t.Helper()
	frozen := "frozen_" + database[strings.LastIndex(database, "_")+1:strings.LastIndex(database, "?")]
	cluster.Exec(t, database, `
		CREATE ROLE `+frozen+` LOGIN PASSWORD '`+pgtest.Password+`' IN ROLE `+pgtest.Role+`;
		ALTER ROLE `+frozen+` SET default_transaction_read_only = on`)
	return strings.Replace(database, pgtest.Role+":", frozen+":", 1)
}

// newerOf returns the URL of a database with the tables of a newer usher.
func newerOf(t *testing.T, cluster *pgtest.Cluster) string {
	t.Helper()
	database := cluster.Database(t)
	cluster.Exec(t, database, `
		CREATE SCHEMA usher AUTHORIZATION `+pgtest.Role+`;
		SET ROLE `+pgtest.Role+`;
		CREATE TABLE usher.meta (one boolean PRIMARY KEY, version integer NOT NULL, id text NOT NULL, key_id bytea);
		INSERT INTO usher.meta VALUES (true, 1000, 'x', '\x00')`)
	return database
}
