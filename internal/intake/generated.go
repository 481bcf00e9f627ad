package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// The causes of validation errors of generated keys.
const (
	// Reassigned is a person with another key, generated before.
	Reassigned schema.Cause = "other key"
	// Unassigned is a person without a generated key, where their user has to exist.
	Unassigned schema.Cause = "no key"
	// Exhausted is a key for which every number is taken.
	Exhausted schema.Cause = "no free number"
)

// mostNumber is the largest number of a generated key.
const mostNumber = 9999

// Generated is how the keys of people who have none are generated: by a rule with a number that makes them differ. A key is
// generated once for a person, who is identified by other columns, and remains theirs in the ledger.
type Generated struct {
	// Columns are the headers of the columns that tell people apart.
	Columns []string
	// Digester is that of the ledger, and Targets are the target and its other spellings there.
	Digester *ledger.Digester
	Targets  []string

	people *scratch.Table // by row
	next   map[string]int // the first number that may be free, by the key of the first person with a name
	// others are keys that were not generated, with lower numbers than that of a person in the roster. They are known for
	// the numbers below, by the key of the first person with a name.
	others map[ledger.Digest]bool
	below  map[string]int
	asked  map[int]bool // the rows whose keys the provider has to be asked about; nil for all rows
}

// person is the stored form of a row's person.
type person struct {
	// Digests are those of the person, by target.
	Digests  []ledger.Digest   `json:"digests"`
	Numbered []roster.Numbered `json:"numbered"`
	// Number is that of the key; 0 before it is known.
	Number int `json:"number,omitempty"`
	// Known reports that the ledger has this key for the person, and Stored that it has it under the target's own spelling.
	Known  bool `json:"known,omitempty"`
	Stored bool `json:"stored,omitempty"`
}

// begin creates the table of people.
func (g *Generated) begin(ctx context.Context, file *scratch.File) (err error) {
	g.next, g.below, g.others = map[string]int{}, map[string]int{}, map[ledger.Digest]bool{}
	g.people, err = file.NewTable(ctx, "people")
	return err
}

// Close releases the people. It must be called before the plan is closed.
func (g *Generated) Close() error {
	if g == nil || g.people == nil {
		return nil
	}
	return g.people.Close()
}

// add stores the person of a row, and returns the digest by which the row is compared until its key is known.
func (g *Generated) add(ctx context.Context, row roster.Row) (ledger.KeyDigests, error) {
	if row.Person == nil {
		return ledger.KeyDigests{}, nil // the row could not be read
	}
	one := person{Numbered: row.Person.Numbered}
	for _, target := range g.Targets {
		one.Digests = append(one.Digests, g.Digester.Person(target, g.Columns, row.Person.Identity))
	}
	return ledger.KeyDigests{Form: one.Digests[0]}, g.put(ctx, row.Number, one)
}

func (g *Generated) put(ctx context.Context, row int, one person) error {
	text, err := json.Marshal(one)
	if err != nil {
		return err
	}
	return g.people.Put(ctx, row, text)
}

func (g *Generated) get(ctx context.Context, row int) (one person, err error) {
	text, ok, err := g.people.Get(ctx, row)
	if err == nil && !ok {
		err = fmt.Errorf("row %d has no person", row)
	}
	if err == nil {
		err = json.Unmarshal(text, &one)
	}
	return one, err
}

// isAsked reports whether the provider has to be asked about a row.
func (g *Generated) isAsked(row int) bool { return g == nil || g.asked == nil || g.asked[row] }

// GenerateKeys gives each row its key: the one that the ledger has for the person, or the next that is free in the ledger
// and in the roster. Rows for which that is not possible are added to the reading as invalid. Rows that have a key already
// keep it.
func (i *Import) GenerateKeys(ctx context.Context, reading *Reading) error {
	i.Generated.asked = nil
	if err := i.withoutKey(ctx, reading, i.freeNumber); err != nil {
		return err
	}
	return i.Plan.Rekey(ctx)
}

// KnownKeys gives each row the key that the ledger has for the person. Rows of other people are added to the reading as
// invalid.
func (i *Import) KnownKeys(ctx context.Context, reading *Reading) error {
	return i.withoutKey(ctx, reading, func(context.Context, Row, *person) (*schema.FieldError, error) {
		return &schema.FieldError{
			Field: i.Adapter.Key, Cause: Unassigned, Message: i.Adapter.Key + ": none was generated for this person yet",
			Hint: "create the user with usher users import or sync, and the same rules",
		}, nil
	})
}

// withoutKey gives the rows without a key the one that the ledger has for the person, or else the one that a function
// finds.
func (i *Import) withoutKey(ctx context.Context, reading *Reading, find func(context.Context, Row, *person) (*schema.FieldError, error)) error {
	for row, err := range i.valid(ctx) {
		var one person
		if err == nil {
			one, err = i.Generated.get(ctx, row.Number)
		}
		if err != nil {
			return err
		}
		if one.Number > 0 {
			continue
		}
		fieldErr, err := i.knownNumber(ctx, row, &one)
		if err == nil && fieldErr == nil && one.Number == 0 {
			fieldErr, err = find(ctx, row, &one)
		}
		if err == nil {
			err = i.rename(ctx, row, one, fieldErr, reading)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// TakeNext gives the rows whose key belongs to another user at the provider the next number, and returns how many they
// are. AskProvider then asks about these rows alone.
func (i *Import) TakeNext(ctx context.Context, reading *Reading) (rows int, err error) {
	g := i.Generated
	asked := map[int]bool{}
	for row, err := range i.valid(ctx, ledger.Exists, ledger.Unclear) {
		if err != nil {
			return 0, err
		}
		one, err := g.get(ctx, row.Number)
		if err != nil {
			return 0, err
		}
		isTheirs, err := i.isTheirs(ctx, row, one)
		if err != nil {
			return 0, err
		}
		if isTheirs || !row.Finding.Listed {
			continue
		}
		one.Known, one.Stored = false, false
		fieldErr, err := i.freeNumber(ctx, row, &one)
		if err == nil {
			err = i.rename(ctx, row, one, fieldErr, reading)
		}
		if err != nil {
			return 0, err
		}
		asked[row.Number] = true
	}
	g.asked = asked
	return len(asked), i.Plan.Rekey(ctx)
}

// isTheirs reports whether the user of a row is the person's: the key was generated for the person before, and an earlier run
// has sent or found the user. One who was forgotten is theirs if the id is the same, because lists may show users who were
// deleted.
func (i *Import) isTheirs(ctx context.Context, row Row, one person) (bool, error) {
	if !one.Known || row.Finding.Run != "" {
		return one.Known, nil
	}
	return i.Plan.IsForgotten(ctx, row.Digest, row.Finding.UserID)
}

// key returns the key of a person with a number.
func (i *Import) key(one person, number int) string {
	field, _ := i.Adapter.Table.Field(i.Adapter.Key)
	for _, value := range one.Numbered {
		if value.Field == i.Adapter.Key {
			return value.Text(number, field.MaxLength)
		}
	}
	return ""
}

// digestsOf returns the digests of a row's user with a key, by target.
func (i *Import) digestsOf(row Row, key string) []ledger.KeyDigests {
	scope, _ := i.Adapter.Table.Field(i.Adapter.Scope)
	var digests []ledger.KeyDigests
	for _, target := range i.Generated.Targets {
		digests = append(digests, i.Generated.Digester.KeyDigests(target, scope.Text(row.Record[i.Adapter.Scope]), key))
	}
	return digests
}

// knownNumber finds the number of the key that the ledger has for the person of a row.
func (i *Import) knownNumber(ctx context.Context, row Row, one *person) (*schema.FieldError, error) {
	for n, digest := range one.Digests {
		assigned, ok, err := i.Plan.AssignedKey(ctx, digest)
		if err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		for number := 1; number <= mostNumber; number++ {
			for m, key := range i.digestsOf(row, i.key(*one, number)) {
				if key.Form == assigned {
					one.Number, one.Known, one.Stored = number, true, n == 0 && m == 0
					return nil, nil
				}
			}
		}
		return i.reassigned(ctx, *one, assigned)
	}
	return nil, nil
}

// reassigned returns the error of a person who gets another key from the rule than before.
func (i *Import) reassigned(ctx context.Context, one person, assigned ledger.Digest) (*schema.FieldError, error) {
	field, _ := i.Adapter.Table.Field(i.Adapter.Key)
	known, err := i.Plan.KnownByKey(ctx, ledger.KeyDigests{Form: assigned})
	wanted := i.key(one, 1)
	fieldErr := &schema.FieldError{
		Field: field.Name, Value: wanted, Cause: Reassigned,
		Message: fmt.Sprintf("%s: another one was generated for this person before, and the rule now gives %q", field.Name, wanted),
		Hint:    "use the name as it was, or rename the user first",
	}
	if known.UserID != "" {
		fieldErr.Hint += fmt.Sprintf(": usher users update %s --%s %s", shell.Quote(known.UserID), field.FlagName(), shell.Quote(wanted))
	}
	return fieldErr, err
}

// freeNumber finds the next number whose key is free in the ledger and in the roster, and among the users that the
// provider has listed.
func (i *Import) freeNumber(ctx context.Context, row Row, one *person) (*schema.FieldError, error) {
	stem := i.key(*one, 1)
	for number := max(one.Number+1, i.Generated.next[stem], 1); number <= mostNumber; number++ {
		taken, err := i.isTaken(ctx, row, i.key(*one, number))
		if err != nil {
			return nil, err
		}
		if taken {
			continue
		}
		if one.Number = number; number > 1 {
			i.Generated.next[stem] = number + 1
		}
		return nil, nil
	}
	return &schema.FieldError{
		Field: i.Adapter.Key, Value: stem, Cause: Exhausted, Message: fmt.Sprintf("%s: %q and every number up to %d are taken", i.Adapter.Key, stem, mostNumber),
		Hint: "use more of the name in the rule of --set",
	}, nil
}

// isTaken reports whether a key is that of another person, or of a user who may exist.
func (i *Import) isTaken(ctx context.Context, row Row, key string) (bool, error) {
	for _, digests := range i.digestsOf(row, key) {
		if taken, err := i.Plan.IsTaken(ctx, digests); taken || err != nil {
			return taken, err
		}
	}
	return false, nil
}

// rename stores a row with the number of its person, or with an error.
func (i *Import) rename(ctx context.Context, row Row, one person, fieldErr *schema.FieldError, reading *Reading) error {
	record := row.Record
	for _, value := range one.Numbered {
		if fieldErr != nil {
			break
		}
		var set schema.Record
		if set, fieldErr = i.numbered(value, one.Number); fieldErr == nil {
			record = record.With(set)
		}
	}
	var rowErrs roster.RowErrors
	keys := i.Keys(record)
	if fieldErr != nil {
		description := i.Roster.Description()
		rowErr := roster.RowError{Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: row.Number, Line: row.Line}, FieldError: fieldErr}
		rowErrs, keys = roster.RowErrors{rowErr}, ledger.KeyDigests{}
		reading.Count(rowErr)
	}
	stored, err := i.storage.record(keys.Form[:], i.withGroups(record, row.Groups))
	if err != nil {
		return fmt.Errorf("row %d: %w", row.Number, err)
	}
	changed := ledger.RosterRow{Row: row.Number, Line: row.Line, Record: stored, Faults: i.storage.rowErrors(rowErrs)}
	if err := i.Plan.Change(ctx, changed, row.Digest, keys); err != nil {
		return err
	}
	reading.Invalid = i.Plan.Refused()
	if i.Respellings != nil && fieldErr == nil {
		if err := i.Plan.AddRespellings(ctx, i.Respellings(record)...); err != nil {
			return err
		}
	}
	if err := i.findOthers(ctx, row, one); err != nil {
		return err
	}
	return i.Generated.put(ctx, row.Number, one)
}

// findOthers records the keys with lower numbers than that of a person.
func (i *Import) findOthers(ctx context.Context, row Row, one person) error {
	g, stem := i.Generated, i.key(one, 1)
	for number := max(1, g.below[stem]); number < one.Number; number++ {
		key := i.digestsOf(row, i.key(one, number))[0].Form
		isGenerated, err := i.Plan.IsAssigned(ctx, key)
		if err != nil {
			return err
		}
		if g.below[stem] = number + 1; !isGenerated {
			g.others[key] = true
		}
	}
	return nil
}

// IsNamesake reports whether a user of the provider, whose key was not generated, has the name of a person in the roster who
// got a number because of that: it may be the same person.
func (i *Import) IsNamesake(user provider.User) bool {
	if i.Generated == nil {
		return false
	}
	return i.Generated.others[i.Digest(user.Record(i.Adapter.Table).With(schema.Record{i.Adapter.Key: user.Key}))]
}

// numbered returns a field with a number, or the error of an invalid value.
func (i *Import) numbered(value roster.Numbered, number int) (schema.Record, *schema.FieldError) {
	field, _ := i.Adapter.Table.Field(value.Field)
	parsed, fieldErr := field.Parse(value.Text(number, field.MaxLength))
	if fieldErr == nil {
		if found := field.Check(parsed); len(found) > 0 {
			fieldErr = found[0]
		}
	}
	return schema.Record{field.Name: parsed}, fieldErr
}

// Assignments yields the generated keys that the ledger does not have yet.
func (i *Import) Assignments(ctx context.Context) iter.Seq2[ledger.Assignment, error] {
	return func(yield func(ledger.Assignment, error) bool) {
		for row, err := range i.valid(ctx) {
			var one person
			if err == nil {
				one, err = i.Generated.get(ctx, row.Number)
			}
			if err == nil && one.Stored {
				continue
			}
			var a ledger.Assignment
			if err == nil {
				a = ledger.Assignment{Person: one.Digests[0], Key: row.Digest}
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// Renumbered yields the rows whose keys have a number, and were not generated before.
func (i *Import) Renumbered(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range i.valid(ctx) {
			var one person
			if err == nil {
				one, err = i.Generated.get(ctx, row.Number)
			}
			if err == nil && (one.Known || one.Number < 2) {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
