package sandbox

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
)

// A storedGroup is a group of users. Several may share a name.
type storedGroup struct{ ID, Name string }

// A storedMember is a user in a group.
type storedMember struct{ ID, Key string }

// exampleGroups are in every sandbox. Their ids never change, so that scripts can use them. Two of them have the same
// name, as groups may.
func exampleGroups() []storedGroup {
	return []storedGroup{
		{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad01", "Engineering"},
		{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad02", "Sales"},
		{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad03", "Support"},
		{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad04", "Contractors"},
		{"45c48cce-2e2d-4fbd-aa1a-fc51c7c6ad05", "Contractors"},
	}
}

// groups returns the example groups, then those that were created, the oldest first.
func (b *backend) groups(ctx context.Context, provider string) ([]storedGroup, error) {
	rows, err := b.store.reader.QueryContext(ctx, "SELECT id, name FROM groups WHERE provider = ? ORDER BY number", episodeOf(ctx).place(provider))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has reported it
	all := exampleGroups()
	for rows.Next() {
		var group storedGroup
		if err := rows.Scan(&group.ID, &group.Name); err != nil {
			return nil, err
		}
		all = append(all, group)
	}
	return all, rows.Err()
}

// group returns the group with an id. An absent one is a problem of status 404.
func (b *backend) group(ctx context.Context, provider, id string) (storedGroup, error) {
	all, err := b.groups(ctx, provider)
	if i := slices.IndexFunc(all, func(g storedGroup) bool { return g.ID == id }); i >= 0 {
		return all[i], err
	}
	if err == nil {
		err = refuse(http.StatusNotFound, "group not found")
	}
	return storedGroup{}, err
}

// addGroup stores a group.
func (b *backend) addGroup(ctx context.Context, provider string, group storedGroup) error {
	_, err := b.store.writer.ExecContext(context.WithoutCancel(ctx),
		"INSERT INTO groups (provider, id, name) VALUES (?, ?, ?)", episodeOf(ctx).place(provider), group.ID, group.Name)
	return err
}

// members returns the members of a group in the order in which they were added.
func (b *backend) members(ctx context.Context, provider, groupID string) ([]storedMember, error) {
	return membersIn(ctx, b.store.reader, episodeOf(ctx).place(provider), groupID)
}

func membersIn(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, place, groupID string,
) ([]storedMember, error) {
	rows, err := db.QueryContext(ctx, `SELECT users.id, users.key FROM memberships
	  JOIN users ON users.provider = memberships.provider AND users.id = memberships.user_id
	  WHERE memberships.provider = ? AND group_id = ? ORDER BY memberships.number`, place, groupID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has reported it
	var members []storedMember
	for rows.Next() {
		var member storedMember
		if err := rows.Scan(&member.ID, &member.Key); err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	return members, rows.Err()
}

// changeMembers replaces the members of a group in one step. Alter receives the present ones and returns the ids of
// those that the group is to have, of which each must be a user: errAbsent if one is not.
func (b *backend) changeMembers(ctx context.Context, provider, groupID string, alter func(present []storedMember) ([]string, error)) error {
	place := episodeOf(ctx).place(provider)
	return b.store.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		present, err := membersIn(ctx, tx, place, groupID)
		if err != nil {
			return err
		}
		wanted, err := alter(present)
		if err != nil {
			return err
		}
		leaving := map[string]bool{}
		for _, member := range present {
			leaving[member.ID] = true
		}
		for _, id := range wanted {
			if leaving[id] {
				delete(leaving, id)
				continue
			}
			if _, _, err := findUser(ctx, tx, place, byID, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO memberships (provider, group_id, user_id) VALUES (?, ?, ?)", place, groupID, id); err != nil {
				return err
			}
		}
		for id := range leaving {
			if _, err := tx.ExecContext(ctx, "DELETE FROM memberships WHERE provider = ? AND group_id = ? AND user_id = ?", place, groupID, id); err != nil {
				return err
			}
		}
		return nil
	})
}
