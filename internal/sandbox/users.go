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
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Errors of the store that the backend converts into refusals.
var (
	errTaken  = errors.New("the natural key is taken")
	errAbsent = errors.New("no such user")
)

// A User is one user as the store has it.
type User struct {
	Provider  string    `json:"provider"`
	Tenant    string    `json:"tenant,omitempty"` // with Options.Tenants
	ID        string    `json:"id"`               // as the provider shows it, an integer in digits
	Key       string    `json:"key"`              // the natural key as it was given
	CreatedAt time.Time `json:"createdAt"`
	// Document is the user as the provider's API shows it. It contains no password.
	Document json.RawMessage `json:"document"`

	number int64 // in the order in which users were created
}

// A Duplicate is a natural key that more than one user has. There is none unless
// Options.AllowDuplicates was set.
type Duplicate struct {
	Provider string
	Key      string // as it was first given
	Users    int
}

// A draft is a user who is about to be stored.
type draft struct {
	provider       string
	at             time.Time
	allowDuplicate bool
	build          func(number int64) (id, key string, document []byte, err error)
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

// fold returns the form in which natural keys are compared: the same for spellings
// that differ in the case of letters or in the composition of characters alone. A
// letter counts as its lower-case one only if upper-casing that one gives it back,
// so that İ is not i, and ß is not ss.
func fold(key string) string {
	return strings.Map(func(r rune) rune {
		lower := unicode.ToLower(r)
		switch {
		case r == 'ς':
			return 'σ'
		case unicode.ToUpper(lower) == r:
			return lower
		default:
			return r
		}
	}, norm.NFC.String(key))
}

// create stores a user or returns errTaken, in one transaction. A request that has come this far is carried out even if
// its client goes away.
func (s *Store) create(ctx context.Context, d draft) error {
	return s.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var number int64
		if err := tx.StmtContext(ctx, s.next).QueryRowContext(ctx).Scan(&number); err != nil {
			return err
		}
		id, key, document, err := d.build(number)
		if err != nil {
			return err
		}
		result, err := tx.StmtContext(ctx, s.insert).ExecContext(ctx, number, d.provider, id, key, fold(key),
			d.allowDuplicate, d.at.UTC().Format(time.RFC3339Nano), string(document))
		return orTaken(result, err)
	})
}

// update changes the key and the document of the first user found, or returns errAbsent or errTaken.
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

// remove deletes the user with an id, or returns errAbsent.
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

// orTaken returns errTaken for a statement that changed nothing.
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

// compared returns a value in the form of the column.
func (c column) compared(value string) string {
	if c == byKey {
		return fold(value)
	}
	return value
}

// findUser returns the first user with a value, and the user's number, or errAbsent.
func findUser(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, provider string, by column, value string,
) (int64, User, error) {
	row := db.QueryRowContext(ctx, selectUsers+"WHERE provider = ? AND "+string(by)+" = ? ORDER BY number LIMIT 1", provider, by.compared(value))
	number, user, err := scanUser(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, User{}, errAbsent
	}
	return number, user, err
}

// withKey returns all users with a natural key, in the order in which they were created.
func (s *Store) withKey(ctx context.Context, provider, key string) ([]User, error) {
	users, _, err := s.query(ctx, "WHERE provider = ? AND folded = ? ORDER BY number", provider, fold(key))
	return users, err
}

// page returns users in the order in which they were created, at most limit of them, after the first offset.
func (s *Store) page(ctx context.Context, provider string, limit, offset int) ([]User, error) {
	users, _, err := s.query(ctx, `WHERE number IN
	  (SELECT number FROM users WHERE provider = ? ORDER BY number LIMIT ? OFFSET ?) ORDER BY number`, provider, limit, offset)
	return users, err
}

// Users yields one provider's users of all tenants, or all users for "", in the order in which they were created. It
// reads in portions: a user created meanwhile may be among them, and the store may be used within the loop. An error
// ends it.
func (s *Store) Users(ctx context.Context, provider string) iter.Seq2[User, error] {
	condition, args := ofProvider(provider)
	return s.inPortions(ctx, condition, args)
}

// usersAt is Users for one key of [episode.place]: a provider, or a tenant of one.
func (s *Store) usersAt(ctx context.Context, place string) iter.Seq2[User, error] {
	return s.inPortions(ctx, "WHERE provider = ?", []any{place})
}

func (s *Store) inPortions(ctx context.Context, condition string, args []any) iter.Seq2[User, error] {
	const portion = 500
	return func(yield func(User, error) bool) {
		for after := int64(0); ; {
			users, last, err := s.portion(ctx, condition, args, after, portion)
			if err != nil {
				yield(User{}, fmt.Errorf("could not list the sandbox's users: %w", err))
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

// after returns users of a place from a number on, and the number of the last one.
func (s *Store) after(ctx context.Context, place string, number int64, limit int) ([]User, int64, error) {
	return s.portion(ctx, "WHERE provider = ?", []any{place}, number, limit)
}

func (s *Store) portion(ctx context.Context, condition string, args []any, number int64, limit int) ([]User, int64, error) {
	if condition == "" {
		condition = "WHERE true"
	}
	return s.query(ctx, condition+" AND number > ? ORDER BY number LIMIT ?", append(slices.Clone(args), number, limit)...)
}

// query returns users and the number of the last one.
func (s *Store) query(ctx context.Context, condition string, args ...any) (users []User, last int64, err error) {
	rows, err := s.reader.QueryContext(ctx, selectUsers+condition, args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err has reported it
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
	user.Document, user.number = document, number
	user.Provider, user.Tenant, _ = strings.Cut(user.Provider, "/")
	user.CreatedAt, err = time.Parse(time.RFC3339Nano, created)
	return number, user, err
}

// Count returns the number of one provider's users of all tenants, or of all users for "".
func (s *Store) Count(ctx context.Context, provider string) (int, error) {
	condition, args := ofProvider(provider)
	return s.number(ctx, condition, args)
}

// countAt is Count for one place.
func (s *Store) countAt(ctx context.Context, place string) (int, error) {
	return s.number(ctx, "WHERE provider = ?", []any{place})
}

func (s *Store) number(ctx context.Context, condition string, args []any) (int, error) {
	var n int
	if err := s.reader.QueryRowContext(ctx, "SELECT COUNT(*) FROM users "+condition, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("could not count the sandbox's users: %w", err)
	}
	return n, nil
}

// Duplicates returns the natural keys of one provider, or of all for "", that more
// than one user has.
func (s *Store) Duplicates(ctx context.Context, provider string) ([]Duplicate, error) {
	condition, args := ofProvider(provider)
	// With MIN, SQLite takes the other columns from the row that contains the minimum.
	rows, err := s.reader.QueryContext(ctx, `SELECT provider, key, COUNT(*), MIN(number) FROM users `+condition+
		` GROUP BY provider, folded HAVING COUNT(*) > 1 ORDER BY MIN(number)`, args...)
	if err != nil {
		return nil, fmt.Errorf("could not look for duplicates in the sandbox: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err has reported it
	var found []Duplicate
	for rows.Next() {
		var d Duplicate
		var first int64
		if err := rows.Scan(&d.Provider, &d.Key, &d.Users, &first); err != nil {
			return nil, err
		}
		d.Provider, _, _ = strings.Cut(d.Provider, "/")
		found = append(found, d)
	}
	return found, rows.Err()
}

// Reset removes one provider's users, or all users for "", with all that belongs to them, and returns how many there
// were.
func (s *Store) Reset(ctx context.Context, provider string) (int, error) {
	condition, args := ofProvider(provider)
	var removed int64
	err := s.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range []string{"api_keys", "memberships", "groups"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" "+condition, args...); err != nil {
				return err
			}
		}
		result, err := tx.ExecContext(ctx, "DELETE FROM users "+condition, args...)
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("could not reset the sandbox: %w", err)
	}
	return int(removed), nil
}

// ofProvider returns the condition for the rows of one provider and its tenants, or none for "".
func ofProvider(provider string) (condition string, args []any) {
	if provider == "" {
		return "", nil
	}
	const afterSlash = "0" // the character after the slash
	return "WHERE (provider = ? OR provider > ? AND provider < ?)", []any{provider, provider + "/", provider + afterSlash}
}
