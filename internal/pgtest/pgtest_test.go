package pgtest_test

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/pgtest"
)

func TestDatabasesAreSeparate(t *testing.T) {
	cluster := pgtest.Start(t)
	first, second := cluster.Database(t), cluster.Database(t)
	if first == second || cluster != pgtest.Start(t) {
		t.Fatalf("%s and %s are one database, or two servers run", first, second)
	}
	cluster.Exec(t, first, "CREATE TABLE here (n int); INSERT INTO here VALUES (1), (2)")
	if rows := cluster.Exec(t, first, "SELECT n, n+1 FROM here ORDER BY n"); rows != "1|2\n2|3" {
		t.Errorf("rows = %q", rows)
	}
	if found := cluster.Exec(t, second, "SELECT to_regclass('here') IS NULL"); found != "t" {
		t.Error("the second database has a table of the first")
	}
	if settings := cluster.Exec(t, "", "SHOW fsync; SHOW server_encoding; SELECT rolsuper FROM pg_roles WHERE rolname = '"+pgtest.Role+"'"); settings != "on\nUTF8\nf" {
		t.Errorf("fsync, encoding, superuser = %q", settings)
	}
}

func TestBouncerAnswers(t *testing.T) {
	cluster := pgtest.Start(t)
	database := cluster.Database(t)
	through := cluster.Bouncer(t, database)
	if through == database {
		t.Fatal("the URL does not lead through PgBouncer")
	}
	dial(t, through)
}

// An SSLRequest of the protocol is answered by one byte: S, or by PgBouncer N, because it has no certificate.
func TestProxyDelaysCutsAndRefuses(t *testing.T) {
	proxy := pgtest.NewProxy(t, pgtest.Start(t).Database(t))
	dial(t, proxy.URL())

	proxy.Delay(150 * time.Millisecond)
	before := time.Now()
	conn := dial(t, proxy.URL())
	if waited := time.Since(before); waited < 150*time.Millisecond {
		t.Errorf("a response came after %s, despite the delay of 150 ms", waited)
	}
	proxy.Cut()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a connection that was cut was read from")
	}

	proxy.Refuse(true)
	if got := answer(t, proxy.URL()); got != 0 {
		t.Errorf("a refused connection answered %q", got)
	}
	proxy.Refuse(false)
	dial(t, proxy.URL())
}

// dial connects to a server and returns the connection after its answer.
func dial(t *testing.T, database string) net.Conn {
	t.Helper()
	conn, got := ask(t, database)
	if got != 'S' && got != 'N' {
		t.Fatalf("%s answered %q", database, got)
	}
	return conn
}

func answer(t *testing.T, database string) byte {
	t.Helper()
	_, got := ask(t, database)
	return got
}

// ask sends an SSLRequest. It returns 0 if the connection was closed instead of an answer.
func ask(t *testing.T, database string) (net.Conn, byte) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, _ = conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
	response := make([]byte, 1)
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(response); err != nil {
		return conn, 0
	}
	return conn, response[0]
}
