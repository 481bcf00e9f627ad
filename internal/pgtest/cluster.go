package pgtest

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Install is the command that installs the programs on Debian and Ubuntu.
const Install = "apt-get install postgresql pgbouncer"

// The role that owns the databases. It is not a superuser.
const (
	Role     = "usher"
	Password = "usher-password"
)

// superuser is the role that [Cluster.Exec] uses, with the same password.
const superuser = "postgres"

// Cluster is a running PostgreSQL server.
type Cluster struct {
	dir     string // data, logs and configuration
	port    int
	bouncer func() (port int, err error) // starts PgBouncer once
	number  atomic.Int64                 // of databases
	initdb  []string                     // further arguments
	alive   io.Closer                    // the pipe that ends with this process; a collected one would end before
}

// started is the server of this process. It stops when the process ends, also if it is killed.
var started = sync.OnceValues(func() (*Cluster, error) { return start(func(*Cluster) error { return nil }) })

// Start returns the server of this process. The first call starts it. If the programs are not installed, the test is
// skipped, or fails; see the package.
func Start(t testing.TB) *Cluster {
	t.Helper()
	require(t)
	cluster, err := started()
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	return cluster
}

// require skips a test, or lets it fail, if the programs are not installed.
func require(t testing.TB) {
	t.Helper()
	for _, name := range []string{"initdb", "pg_ctl", "psql", "pgbouncer"} {
		if _, err := program(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" || os.Getenv("TEST_POSTGRES") == "required" {
			t.Fatalf("%s is not installed: %s", name, Install)
		}
		t.Skipf("%s is not installed: %s", name, Install)
	}
}

// Database creates an empty database, which is dropped at the end of the test. It returns its URL, with [Role] and
// [Password].
func (c *Cluster) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("usher_%d", c.number.Add(1))
	c.Exec(t, "", "CREATE DATABASE "+name+" OWNER "+Role)
	t.Cleanup(func() { c.Exec(t, "", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return address(c.port, name)
}

// Bouncer returns the URL of a database of this server through PgBouncer in transaction mode. The first call starts
// PgBouncer.
func (c *Cluster) Bouncer(t testing.TB, database string) string {
	t.Helper()
	port, err := c.bouncer()
	if err != nil {
		t.Fatalf("starting PgBouncer: %v", err)
	}
	return address(port, nameOf(t, database))
}

// Exec executes SQL statements as a superuser in the database with a URL, or in "postgres" if it is empty. It returns
// the rows as psql prints them without alignment: a line each, with | between columns.
func (c *Cluster) Exec(t testing.TB, database, sql string) string {
	t.Helper()
	name := "postgres"
	if database != "" {
		name = nameOf(t, database)
	}
	output, err := c.psql(name, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return output
}

// address returns the URL of a database.
func address(port int, name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(Role, Password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path: "/" + name, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// nameOf returns the name of the database in a URL.
func nameOf(t testing.TB, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// start starts a server in a new directory, which can be changed before there is anything in it.
func start(change func(*Cluster) error) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "usher-postgres")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	c.bouncer = sync.OnceValues(c.startBouncer)
	if err := c.handOver(); err != nil {
		return nil, err
	}
	if err := change(c); err != nil {
		return nil, err
	}
	if err := c.stopAtExit(); err != nil {
		return nil, err
	}
	if err := c.write("password", Password); err != nil {
		return nil, err
	}
	if err := c.run("initdb", append(c.initdb, "--pgdata=data", "--username="+superuser, "--pwfile=password", "--auth=scram-sha-256",
		"--encoding=UTF8", "--no-locale", "--no-sync")...); err != nil {
		return nil, err
	}
	if err := c.writeCertificate(); err != nil {
		return nil, err
	}
	if c.port, err = freePort(); err != nil {
		return nil, err
	}
	if err := c.serve(); err != nil {
		return nil, err
	}
	_, err = c.psql("postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", Role, Password))
	return c, err
}

// serve starts the server in its directory.
func (c *Cluster) serve() error {
	// The cluster itself is thrown away, so that only its writes have to be durable, not its creation.
	options := fmt.Sprintf("-p %d -h 127.0.0.1 -c unix_socket_directories='' -c ssl=on -c max_connections=200 -c max_wal_size=4GB", c.port)
	return c.run("pg_ctl", "start", "-w", "-D", "data", "-l", "postgres.log", "-o", options)
}

// startBouncer starts PgBouncer, with its defaults as far as possible, and returns its port.
func (c *Cluster) startBouncer() (int, error) {
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	if err := c.write("users", fmt.Sprintf("%q %q\n", Role, Password)); err != nil {
		return 0, err
	}
	config := fmt.Sprintf(`[databases]
* = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = users
pool_mode = transaction
max_client_conn = 500
pidfile = pgbouncer.pid
logfile = pgbouncer.log
`, c.port, port)
	if err := c.write("pgbouncer.ini", config); err != nil {
		return 0, err
	}
	if err := c.run("pgbouncer", "--daemon", "--quiet", "pgbouncer.ini"); err != nil {
		return 0, err
	}
	// It goes into the background before it listens.
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for range 100 {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return port, conn.Close()
		}
		<-time.After(50 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(c.dir, "pgbouncer.log"))
	return 0, fmt.Errorf("nothing listens on %s\n%s", address, log)
}

// stopAtExit starts a shell that stops the servers and removes the directory when this process has ended: then its
// standard input ends.
func (c *Cluster) stopAtExit() error {
	pgctl, err := program("pg_ctl")
	if err != nil {
		return err
	}
	shell := c.command("sh", "-c", `cat >/dev/null
[ -f pgbouncer.pid ] && kill "$(cat pgbouncer.pid)"
"$0" stop -D data -m immediate
rm -rf "$PWD"`, pgctl)
	// The standard input is a pipe whose other end is closed with this process, or by StartOnDisks. Nothing waits for the shell.
	if c.alive, err = shell.StdinPipe(); err != nil {
		return err
	}
	return shell.Start()
}

// psql executes SQL statements as a superuser.
func (c *Cluster) psql(database, sql string) (string, error) {
	path, err := program("psql")
	if err != nil {
		return "", err
	}
	cmd := c.command(path, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--file=-",
		"--host=127.0.0.1", "--port="+strconv.Itoa(c.port), "--username="+superuser, database)
	cmd.Env = append(cmd.Env, "PGPASSWORD="+Password)
	cmd.Stdin = strings.NewReader(sql)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return strings.TrimSuffix(string(output), "\n"), nil
}

// run runs a program in the directory of the cluster until it ends. Its output goes to a file, because a server that
// it starts keeps it open.
func (c *Cluster) run(name string, args ...string) error {
	path, err := program(name)
	if err != nil {
		return err
	}
	output, err := os.CreateTemp("", "usher-postgres-output")
	if err != nil {
		return err
	}
	defer func() { _, _ = output.Close(), os.Remove(output.Name()) }()
	cmd := c.command(path, args...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(output.Name())
		log, _ := os.ReadFile(filepath.Join(c.dir, "postgres.log"))
		return fmt.Errorf("%s: %w\n%s%s", name, err, text, log)
	}
	return nil
}

// command returns a program that runs in the directory of the cluster, as the user that owns it.
func (c *Cluster) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + c.dir}
	asOwner(cmd, c.dir)
	return cmd
}

// write writes a file that only the owner of the cluster can read.
func (c *Cluster) write(name, content string) error {
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return giveToOwner(path, c.dir)
}

// program returns the path of a program: in the folder that TEST_POSTGRES_BIN names, if it has one. Debian has those of the
// server outside the PATH, and in it a wrapper of psql that selects a cluster of the system.
func program(name string) (string, error) {
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	slices.Sort(paths)
	slices.Reverse(paths)
	if folder := os.Getenv("TEST_POSTGRES_BIN"); folder != "" {
		paths = slices.Insert(paths, 0, filepath.Join(folder, name))
	}
	for _, path := range append(paths, name, "/usr/sbin/"+name) {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// freePort returns a port of the loopback address that nothing listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
