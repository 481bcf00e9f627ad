package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Words of the store that the backend turns into refusals.
var (
	errTaken  = errors.New("the natural key is taken")
	errAbsent = errors.New("no such user")
)

// A User is one user as the store holds it.
type User struct {
	Provider  string    `json:"provider"`
	ID        string    `json:"id"`  // as the provider shows it, an integer in digits
	Key       string    `json:"key"` // the natural key as it was given
	CreatedAt time.Time `json:"createdAt"`
	// Document is the user as the provider's API shows it. It holds no password.
	Document json.RawMessage `json:"document"`
}

// A Duplicate is a natural key that more than one user has. There is none unless
// Options.AllowDuplicates was set.
type Duplicate struct {
	Provider string
	Key      string // as it was given first
	Users    int
}

// A draft is a user who is about to be stored.
type draft struct {
	provider, key  string
	at             time.Time
	allowDuplicate bool
	build          func(number int64) (id string, document []byte, err error)
}

// A column is one by which a user is found.
type column string

const (
	byID  column = "id"
	byKey column = "folded" // compared in the way of fold
)

const (
	nextNumber = `SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0) + 1`

	insertUser = `INSERT INTO users (number, provider, id, key, folded, copy, created_at, document)
	VALUES (?1, ?2, ?3, ?4, ?5,
	  CASE WHEN ?6 THEN (SELECT COALESCE(MAX(copy) + 1, 0) FROM users WHERE provider = ?2 AND folded = ?5) ELSE 0 END,
	  ?7, ?8)
	ON CONFLICT (provider, folded, copy) DO NOTHING`

	selectUsers = `SELECT number, provider, id, key, created_at, document FROM users `
)

// fold makes two spellings of a natural key equal where they differ in case or in
// the composition of characters only.
func fold(key string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(key))) }

// create stores a user or answers errTaken, in one transaction. A request that has
// come this far is carried out even when its client goes away.
func (s *Store) create(ctx context.Context, d draft) error {
	return s.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var number int64
		if err := tx.StmtContext(ctx, s.next).QueryRowContext(ctx).Scan(&number); err != nil {
			return err
		}
		id, document, err := d.build(number)
		if err != nil {
			return err
		}
		result, err := tx.StmtContext(ctx, s.insert).ExecContext(ctx, number, d.provider, id, d.key, fold(d.key),
			d.allowDuplicate, d.at.UTC().Format(time.RFC3339Nano), string(document))
		return orTaken(result, err)
	})
}

// update changes the key and the document of the first user found, or answers
// errAbsent or errTaken.
func (s *Store) update(ctx context.Context, provider string, by column, value string,
	change func(User) (key string, document []byte, err error),
) error {
	return s.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		number, user, err := findUser(ctx, tx, provider, by, value)
		if err != nil {
			return err
		}
		key, document, err := change(user)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE OR IGNORE users SET key = ?, folded = ?, document = ? WHERE number = ?`,
			key, fold(key), string(document), number)
		return orTaken(result, err)
	})
}

// remove deletes the user with an id, or answers errAbsent.
func (s *Store) remove(ctx context.Context, provider, id string) error {
	result, err := s.writer.ExecContext(context.WithoutCancel(ctx), "DELETE FROM users WHERE provider = ? AND id = ?", provider, id)
	if err != nil {
		return err
	}
	removed, err := result.RowsAffected()
	if err == nil && removed == 0 {
		return errAbsent
	}
	return err
}

// orTaken turns a statement that changed nothing into errTaken.
func orTaken(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		return errTaken
	}
	return err
}

func (s *Store) inTransaction(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx)
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// find returns the first user with a value, or errAbsent.
func (s *Store) find(ctx context.Context, provider string, by column, value string) (User, error) {
	_, user, err := findUser(ctx, s.reader, provider, by, value)
	return user, err
}

// findUser is find within a transaction or outside of one, with the user's number.
func findUser(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, provider string, by column, value string,
) (int64, User, error) {
	if by == byKey {
		value = fold(value)
	}
	row := db.QueryRowContext(ctx, selectUsers+"WHERE provider = ? AND "+string(by)+" = ? ORDER BY number LIMIT 1", provider, value)
	number, user, err := scanUser(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, User{}, errAbsent
	}
	return number, user, err
}

// withKey returns all users with a natural key, in the order in which they were
// made.
func (s *Store) withKey(ctx context.Context, provider, key string) ([]User, error) {
	users, _, err := s.query(ctx, "WHERE provider = ? AND folded = ? ORDER BY number", provider, fold(key))
	return users, err
}

// page returns users in the order in which they were made, at most limit of them,
// after the first offset.
func (s *Store) page(ctx context.Context, provider string, limit, offset int) ([]User, error) {
	users, _, err := s.query(ctx, `WHERE number IN
	  (SELECT number FROM users WHERE provider = ? ORDER BY number LIMIT ? OFFSET ?) ORDER BY number`, provider, limit, offset)
	return users, err
}

// Users yields one provider's users, or everybody's for "", in the order in which
// they were made. It reads in portions: a user made meanwhile may be among them,
// and the store may be used within the loop. An error ends it.
func (s *Store) Users(ctx context.Context, provider string) iter.Seq2[User, error] {
	const portion = 500
	return func(yield func(User, error) bool) {
		for after := int64(0); ; {
			users, last, err := s.after(ctx, provider, after, portion)
			if err != nil {
				yield(User{}, fmt.Errorf("list the sandbox's users: %w", err))
				return
			}
			for _, user := range users {
				if !yield(user, nil) {
					return
				}
			}
			if len(users) < portion {
				return
			}
			after = last
		}
	}
}

func (s *Store) after(ctx context.Context, provider string, number int64, limit int) ([]User, int64, error) {
	if provider == "" {
		return s.query(ctx, "WHERE number > ? ORDER BY number LIMIT ?", number, limit)
	}
	return s.query(ctx, "WHERE provider = ? AND number > ? ORDER BY number LIMIT ?", provider, number, limit)
}

// query returns users and the number of the last one.
func (s *Store) query(ctx context.Context, condition string, args ...any) (users []User, last int64, err error) {
	rows, err := s.reader.QueryContext(ctx, selectUsers+condition, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told already
	for rows.Next() {
		var user User
		if last, user, err = scanUser(rows.Scan); err != nil {
			return nil, 0, err
		}
		users = append(users, user)
	}
	return users, last, rows.Err()
}

// scanUser reads one row of selectUsers.
func scanUser(scan func(...any) error) (number int64, user User, err error) {
	var created string
	var document []byte
	if err := scan(&number, &user.Provider, &user.ID, &user.Key, &created, &document); err != nil {
		return 0, User{}, err
	}
	user.Document = document
	user.CreatedAt, err = time.Parse(time.RFC3339Nano, created)
	return number, user, err
}

// Count returns the number of one provider's users, or of everybody's for "".
func (s *Store) Count(ctx context.Context, provider string) (int, error) {
	condition, args := ofProvider(provider)
	var n int
	if err := s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM users "+condition, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the sandbox's users: %w", err)
	}
	return n, nil
}

// Duplicates returns the natural keys of one provider, or of all for "", that more
// than one user has.
func (s *Store) Duplicates(ctx context.Context, provider string) ([]Duplicate, error) {
	condition, args := ofProvider(provider)
	// Beside MIN, SQLite takes the other columns from the row that holds the minimum.
	rows, err := s.reader.QueryContext(ctx, `SELECT provider, key, COUNT(*), MIN(number) FROM users `+condition+
		` GROUP BY provider, folded HAVING COUNT(*) > 1 ORDER BY MIN(number)`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates in the sandbox: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has told already
	var found []Duplicate
	for rows.Next() {
		var d Duplicate
		var first int64
		if err := rows.Scan(&d.Provider, &d.Key, &d.Users, &first); err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, rows.Err()
}

// Reset removes one provider's users, or everybody's for "", with all that belongs
// to them, and returns how many there were. An unknown provider is an error.
func (s *Store) Reset(ctx context.Context, provider string) (int, error) {
	if known := Providers(); provider != "" && !slices.Contains(known, provider) {
		return 0, fmt.Errorf("the sandbox has no provider %q: known are %s", provider, strings.Join(known, ", "))
	}
	condition, args := ofProvider(provider)
	var removed int64
	err := s.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM api_keys "+condition, args...); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM users "+condition, args...)
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reset the sandbox: %w", err)
	}
	return int(removed), nil
}

// ofProvider is the condition for one provider's rows, or none for "".
func ofProvider(provider string) (condition string, args []any) {
	if provider == "" {
		return "", nil
	}
	return "WHERE provider = ?", []any{provider}
}
