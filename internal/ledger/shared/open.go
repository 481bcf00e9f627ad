package shared

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

const (
	// DefaultLease is how long a target stays locked without a renewal if nothing sets it.
	DefaultLease = 30 * time.Second
	// ShortestLease is the shortest one that may be set.
	ShortestLease = time.Second
	// ShortestKey is the shortest key of digests, in bytes.
	ShortestKey = 16
	// connections is the maximum number of connections of one process.
	connections = 4
	// answerWithin is how long to wait for a connection.
	answerWithin = 10 * time.Second
)

// Config is how a shared ledger is reached.
type Config struct {
	// URL is a PostgreSQL URL, which may have a password.
	URL string
	// Key is the key of the digests, at least [ShortestKey] bytes. It is not stored.
	Key []byte
	// Lease is how long a target stays locked without a renewal; 0 for [DefaultLease].
	Lease time.Duration
	// Dir is the state directory of this machine: it has the machine's id, the locks of its processes, and scratch files.
	Dir string
}

// Ledger implements [ledger.Store].
type Ledger struct {
	dir      string
	place    string
	id       string // of the store
	machine  string // the id of this machine
	who      string // "ada@laptop", for people
	lease    time.Duration
	key      []byte // of the digests
	pool     *pgxpool.Pool
	digester *ledger.Digester
}

// Open opens the shared ledger, and creates or migrates its tables. An error is an [*ledger.Error] with next steps, or the
// context's error. It does not contain the password of the URL.
func Open(ctx context.Context, c Config) (*Ledger, error) {
	const op = "open the shared ledger"
	settings, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	l := &Ledger{dir: c.Dir, place: placeOf(settings), lease: cmp.Or(c.Lease, DefaultLease), key: c.Key, digester: ledger.NewDigester(c.Key)}
	switch {
	case len(c.Key) < ShortestKey:
		return nil, fail(ledger.NoKey, op, l.place, fmt.Errorf("the key of the digests must have %d bytes or more", ShortestKey))
	case l.lease < ShortestLease:
		return nil, fail(ledger.Broken, op, l.place, fmt.Errorf("the lease must be %s or longer", ShortestLease))
	}
	if l.machine, l.who, err = identify(c.Dir); err != nil {
		return nil, fail(ledger.Unwritable, op, c.Dir, err)
	}
	settings.MaxConns, settings.MinConns = connections, 0
	settings.ConnConfig.ConnectTimeout = answerWithin
	settings.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec // a pooler may give the next statement another session
	settings.ConnConfig.StatementCacheCapacity, settings.ConnConfig.DescriptionCacheCapacity = 0, 0
	if _, isSet := settings.ConnConfig.RuntimeParams["application_name"]; !isSet {
		settings.ConnConfig.RuntimeParams["application_name"] = "usher"
	}
	settings.ConnConfig.RuntimeParams["datestyle"] = "ISO" // pgx reads no other; PgBouncer passes it on
	if l.pool, err = pgxpool.NewWithConfig(ctx, settings); err != nil {
		return nil, l.wrap(op, err)
	}
	if err := l.prepare(ctx, keyID(c.Key)); err != nil {
		l.pool.Close()
		return nil, l.wrap(op, err)
	}
	scratch.RemoveOrphans(c.Dir)
	return l, nil
}

// placeOf returns the address of the database without credentials.
func placeOf(settings *pgxpool.Config) string {
	c := settings.ConnConfig
	if isSocket(c.Host) {
		return "postgres://" + c.Host + "/" + c.Database
	}
	return "postgres://" + net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
}

// keyID returns what identifies a key of digests, and does not reveal it.
func keyID(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("usher: the id of a key of digests"))
	return mac.Sum(nil)[:8]
}

// machineFile is the name of the file with the id of the machine in the state directory.
const machineFile = "machine"

// identify returns the id of this machine, which it makes if the state directory has none, and who uses it. A copy of a state
// directory has another id, because a process does not see the locks in the other one.
func identify(dir string) (machine, who string, err error) {
	host, err := os.Hostname()
	if err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", err
	}
	path := filepath.Join(dir, machineFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newMachine(path)
	}
	if err != nil {
		return "", "", err
	}
	file, err := identityOf(path)
	if err != nil {
		return "", "", err
	}
	who = host
	if current, err := user.Current(); err == nil {
		who = current.Username + "@" + host
	}
	return strings.TrimSpace(string(text)) + "-" + file + "@" + host, who, nil
}

// newMachine writes a new id, unless another process has.
func newMachine(path string) ([]byte, error) {
	own := path + "-" + rand.Text()
	if err := os.WriteFile(own, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(own) }()
	if err := os.Link(own, path); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(own, path); err != nil { // a file system without links
			return nil, err
		}
	}
	return os.ReadFile(path)
}

// Place implements [ledger.Store].
func (l *Ledger) Place() string { return l.place }

// Digester implements [ledger.Store].
func (l *Ledger) Digester() *ledger.Digester { return l.digester }

// Version implements [ledger.Store].
func (l *Ledger) Version(ctx context.Context) (version int, err error) {
	err = l.pool.QueryRow(ctx, `SELECT version FROM usher.meta`).Scan(&version)
	return version, l.wrap("read the version of the shared ledger", err)
}

// Close implements [ledger.Store].
func (l *Ledger) Close() error {
	l.pool.Close()
	return nil
}

// Server is what is known of the database server.
type Server struct {
	// Version is the version of PostgreSQL, such as "15.4".
	Version string
	// Local reports whether the server is on this machine.
	Local bool
	// TLS reports whether the connection is encrypted, and Verified whether the server has proved that it has the host name
	// of the URL. With a pooler it is the connection between this machine and the pooler.
	TLS, Verified bool
	// ReadOnly reports whether the server refuses changes: it is a standby, or a setting of the role says so.
	ReadOnly bool
	// Ahead is by how much the clock of the database is ahead of this machine's.
	Ahead time.Duration
}

// Server returns what is known of the database server.
func (l *Ledger) Server(ctx context.Context) (s Server, err error) {
	conn, err := l.pool.Acquire(ctx)
	if err != nil {
		return Server{}, l.wrap("read the shared ledger", err)
	}
	defer conn.Release()
	s.Local = isLocal(conn.Conn().Config().Host)
	if encrypted, ok := conn.Conn().PgConn().Conn().(*tls.Conn); ok {
		s.TLS, s.Verified = true, len(encrypted.ConnectionState().VerifiedChains) > 0
	}
	var now time.Time
	asked := time.Now()
	if err := conn.QueryRow(ctx, `
		SELECT split_part(current_setting('server_version'), ' ', 1), clock_timestamp(), current_setting('transaction_read_only') = 'on'`,
	).Scan(&s.Version, &now, &s.ReadOnly); err != nil {
		return Server{}, l.wrap("read the shared ledger", err)
	}
	s.Ahead = now.Sub(asked.Add(time.Since(asked) / 2))
	return s, nil
}

// transact makes changes in one transaction. If the answer to the commit was lost, it is unknown whether they were made; the
// changes of a lock can be made again.
func (l *Ledger) transact(ctx context.Context, op string, change func(pgx.Tx) error) error {
	return l.wrap(op, pgx.BeginFunc(ctx, l.pool, change))
}
