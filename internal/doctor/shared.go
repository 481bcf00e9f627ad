package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/ledger/shared"
)

// mostDatabaseSkew is by how much the clocks of a machine and of the database may differ without a warning.
const mostDatabaseSkew = 5 * time.Second

// database returns the findings about the server of a shared ledger.
func database(ctx context.Context, book *shared.Ledger, version int) []Check {
	server, err := book.Server(ctx)
	if err != nil {
		return failures(Ledger, err)
	}
	encryption := "encrypted"
	switch {
	case !server.TLS:
		encryption = "not encrypted"
	case !server.Verified:
		encryption = "encrypted, host name not verified"
	}
	found := one(Ledger, OK, fmt.Sprintf("%s, version %d, PostgreSQL %s, %s", book.Place(), version, server.Version, encryption), "")
	if !server.Verified && !server.Local {
		found[0].Status, found[0].Next = Warning, "add sslmode=verify-full to the URL of the ledger"
	}
	if server.ReadOnly {
		found[0].Status, found[0].Next = Failed, shared.NextWritable
		found[0].Detail += ", read-only"
	}
	if server.Ahead.Abs() > mostDatabaseSkew {
		found = append(found, one(Ledger, Warning, fmt.Sprintf("the database's clock differs by %s from the clock of this machine; leases follow the database",
			server.Ahead.Abs().Round(time.Second)), "synchronise both clocks with a time server")...)
	}
	missing, err := book.MissingRights(ctx)
	switch {
	case err != nil:
		return append(found, failures(Ledger, err)...)
	case len(missing) > 0:
		found = append(found, one(Ledger, Failed, "the role lacks "+strings.Join(missing, ", "),
			"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA usher TO ROLE")...)
	}
	return found
}
