package shared

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// MissingRights returns the rights on the tables that the role of the connection does not have, one element for each
// table: "INSERT, UPDATE on usher.rows".
func (l *Ledger) MissingRights(ctx context.Context) ([]string, error) {
	missing, err := collect(ctx, l.pool, pgx.RowTo[string], `
		SELECT string_agg(needed, ', ' ORDER BY needed) || ' on usher.' || relname
		FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS needed
		WHERE relnamespace = 'usher'::regnamespace AND relkind = 'r' AND NOT has_table_privilege(pg_class.oid, needed)
			AND (relname <> 'meta' OR needed = 'SELECT') -- only a migration writes it
		GROUP BY relname ORDER BY relname`)
	return missing, l.wrap("read the rights in the shared ledger", err)
}
