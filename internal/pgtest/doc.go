// Package pgtest starts PostgreSQL for tests.
//
// A [Cluster] is a server of this process alone: its own data directory, a free port of the loopback address, roles
// with passwords, and fsync as in production. [Cluster.Bouncer] puts PgBouncer in transaction mode in front of it, and
// a [Proxy] slows, cuts or refuses connections.
//
// Debian has the programs in two packages:
//
//	apt-get install postgresql pgbouncer
//
// Without them a test is skipped with this command. In CI, and with TEST_POSTGRES=required, it fails. TEST_POSTGRES_BIN names
// a folder with the programs of another version, which come first; what it lacks (psql, pgbouncer) is that of the system.
package pgtest
