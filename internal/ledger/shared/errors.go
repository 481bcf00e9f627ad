package shared

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bring-aboard/usher/internal/ledger"
)

// fail returns the failure of an operation on the database, with the next steps.
func fail(kind ledger.Kind, op, place string, err error) *ledger.Error {
	return &ledger.Error{Kind: kind, Op: op, Place: place, Err: err, Next: next(kind)}
}

// NextWritable is the next step if the database is read-only.
const NextWritable = "set the URL of the ledger to the primary server, and let the role write: ALTER ROLE usher SET default_transaction_read_only = off"

// next returns the next steps after a failure.
func next(kind ledger.Kind) []string {
	switch kind {
	case ledger.Newer:
		return []string{"update usher"}
	case ledger.NoKey:
		return []string{"set ledger-key to the key with which the team's ledger was made", "usher doctor"}
	case ledger.Denied:
		return []string{"ask the database's owner for the rights in docs/guides/team.md", "usher doctor"}
	case ledger.Unwritable:
		return []string{NextWritable, "usher doctor"}
	case ledger.Damaged:
		return []string{"restore the schema usher from a backup; if it belongs to another program, set ledger to another database (see docs/guides/team.md)", "usher doctor"}
	case ledger.Full:
		return []string{"free space on the database's disk, and run the command again"}
	case ledger.Unlocked:
		return []string{"usher runs list", "run the command again: it continues where the ledger is"}
	default:
		return []string{"run the command again when the database answers", "usher doctor"}
	}
}

// wrap returns an error of the database as an [*ledger.Error]. It returns typed errors, and a cancellation, unchanged.
func (l *Ledger) wrap(op string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	for _, own := range []func(error) bool{is[*ledger.Error], is[*ledger.LockedError], is[*ledger.RunError], is[*ledger.StateError], is[*ledger.TenantError]} {
		if own(err) {
			return err
		}
	}
	failed := fail(kindOf(err), op, l.place, plain(err))
	switch {
	case isRefusedTLS(err):
		failed.Kind, failed.Next = ledger.Denied, []string{"check sslmode, sslrootcert and the host in the URL of the ledger (see docs/guides/team.md)", "usher doctor"}
	case isTimeout(codeOf(err)):
		failed.Next = []string{"ALTER ROLE usher SET statement_timeout = 0", "ALTER ROLE usher SET lock_timeout = 0", "run the command again"}
	case isUnknownRole(codeOf(err)):
		failed.Next = []string{"check the role and the password in the URL of the ledger", "usher doctor"}
	}
	return failed
}

// isUnknownRole reports whether the database does not accept the role or its password.
func isUnknownRole(code string) bool { return strings.HasPrefix(code, "28") }

// isTimeout reports whether the database canceled a statement because it, or a lock, took too long.
func isTimeout(code string) bool { return code == "57014" || code == "55P03" }

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// plain returns the cause of an error without the address and the role of the connection, which the place has.
func plain(err error) error {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return errors.New(failure.Message + " (SQLSTATE " + failure.Code + ")")
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		if cause := failed.Unwrap(); cause != nil {
			return cause
		}
	}
	return err
}

// kindOf returns why the database failed, by its SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func kindOf(err error) ledger.Kind {
	code := codeOf(err)
	switch {
	case code == codeFenced:
		return ledger.Unlocked
	case isUnknownRole(code), code == "42501", code == "3D000": // or a right is missing, or the database
		return ledger.Denied
	case code == "53100", code == "53200": // disk full, out of memory
		return ledger.Full
	case code == "25006": // read-only transaction
		return ledger.Unwritable
	case isTransient(code), code == "" && isUnreachable(err):
		return ledger.Unreachable
	case strings.HasPrefix(code, "42"), strings.HasPrefix(code, "XX"): // a table is not as it was made, or is damaged
		return ledger.Damaged
	default:
		return ledger.Broken
	}
}

// isTransient reports whether the same statements may succeed later.
func isTransient(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "25P") || // connection, shutdown, idle session
		isTimeout(code) || code == "40001" || code == "40P01" || code == "53300" || code == "58000" // serialization, deadlock, connections, system
}

// isUnreachable reports whether an error is one of the connection. The commit of a transaction may have taken effect.
func isUnreachable(err error) bool {
	if codeOf(err) != "" {
		return isTransient(codeOf(err))
	}
	if is[*pgconn.ConnectError](err) || isOfNetwork(err) || pgconn.SafeToRetry(err) {
		return true
	}
	return err != nil && !errors.Is(err, context.Canceled) // pgx returns a broken connection in many ways
}

// isOfNetwork reports whether a connection failed, ended or was too slow.
func isOfNetwork(err error) bool {
	return is[net.Error](err) || pgconn.Timeout(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
