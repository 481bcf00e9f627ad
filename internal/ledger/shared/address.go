package shared

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/bring-aboard/usher/internal/ledger"
)

// parse reads the URL of a database. It rejects one that may lead to a connection that is not encrypted, unless the URL
// demands that with sslmode=disable, or leads to this machine. An error contains no part of the URL but the host and the
// paths of files.
func parse(url string) (*pgxpool.Config, error) {
	const op = "open the shared ledger"
	settings, err := pgxpool.ParseConfig(url)
	if err != nil {
		problem := &ledger.Error{Kind: ledger.Broken, Op: op, Err: errors.New("the URL is not one of PostgreSQL"), // err may contain it
			Next: []string{"set the URL of the ledger to postgres://ROLE:PASSWORD@HOST/DATABASE?sslmode=verify-full", "usher doctor"}}
		if file, ok := errors.AsType[*fs.PathError](err); ok { // a certificate
			problem.Err, problem.Next = file, []string{"check sslrootcert, sslcert and sslkey in the URL of the ledger", "usher doctor"}
		}
		return nil, problem
	}
	if host, ok := fallsBack(settings); ok {
		return nil, &ledger.Error{Kind: ledger.Denied, Op: op, Place: placeOf(settings),
			Err:  fmt.Errorf("the connection to %s may not be encrypted, because the URL has no sslmode, or one that allows it", host),
			Next: []string{stepVerify, "usher doctor"}}
	}
	return settings, nil
}

// stepVerify is the next step for a connection that is not encrypted as it should be.
const stepVerify = "add sslmode=verify-full to the URL of the ledger (see docs/guides/team.md)"

// fallsBack reports whether a connection may be encrypted or not, as the server decides, or whatever is in between: pgx then has
// several attempts for one host. It returns a host that is not on this machine.
func fallsBack(settings *pgxpool.Config) (host string, ok bool) {
	encrypted := settings.ConnConfig.TLSConfig != nil
	if !encrypted && !isLocal(settings.ConnConfig.Host) {
		host = settings.ConnConfig.Host
	}
	for _, attempt := range settings.ConnConfig.Fallbacks {
		switch {
		case attempt.TLSConfig != nil:
			encrypted = true
		case !isLocal(attempt.Host):
			host = attempt.Host
		}
	}
	return host, encrypted && host != ""
}

// isSocket reports whether a host is the directory of a Unix socket.
func isSocket(host string) bool { return strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") }

// isLocal reports whether a host is a Unix socket, or a name of the loopback address.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return isSocket(host) || host == "localhost" || ip != nil && ip.IsLoopback()
}

// isRefusedTLS reports whether the server was reached, and no encrypted connection came about: it has no TLS, or its certificate
// was not accepted. pgx has no type for the former: it is what is left of a failed connection when the network and the answers
// of the database are excluded.
func isRefusedTLS(err error) bool {
	failed, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok && failed.Config.TLSConfig != nil && codeOf(err) == "" && !isOfNetwork(err)
}
