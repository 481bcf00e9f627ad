package intake

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// onFile replaces the import of a stage by one of a file, whose rows are counted as
// they are validated.
func (s *stage) onFile(text string) (path string, validated *int) {
	s.t.Helper()
	path, validated = filepath.Join(s.t.TempDir(), "people.csv"), new(int)
	check(s.t, os.WriteFile(path, []byte(text), 0o600))
	table := s.Adapter.Table
	people, err := roster.Open(s.t.Context(), roster.File(path), roster.Options{Table: table, Later: []string{"password"}, Validate: func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		*validated++
		return record, table.Validate(record.With(schema.Record{"password": "x"})), nil
	}})
	check(s.t, err)
	s.t.Cleanup(func() { check(s.t, people.Close()) })
	s.Roster = people
	return path, validated
}

// carriedOut takes an import through all its steps after Read, and returns the
// lines of its report.
func (s *stage) carriedOut() []LedgerRow {
	s.t.Helper()
	s.generatePasswords()
	client := &finder{maker: maker{fail: func(record schema.Record) error {
		if record.Text("email") != "barbara@example.com" {
			return nil
		}
		return &provider.Error{Class: provider.Invalid, Op: "create the user", Err: errors.New("no")}
	}}}
	s.resolve()
	check(s.t, s.AskProvider(s.t.Context(), client, ByLookUp, quick(), func() {}))
	s.resolve()
	file, err := passwords.Create(filepath.Join(s.t.TempDir(), "passwords.csv"), "email", []string{"password"})
	check(s.t, err)
	written, err := s.WritePasswords(s.t.Context(), file)
	check(s.t, err)
	run, _, err := s.carryOut(client, quick())
	check(s.t, err)
	inUse, err := s.WritePasswordsInUse(s.t.Context(), file, run, rowstate.CommandOf(rowstate.CommandImport))
	check(s.t, errors.Join(err, file.Discard()))
	if written != 3 || inUse != 2 {
		s.t.Errorf("%d passwords were written, and %d are in use", written, inUse)
	}
	faults := 0
	for _, err := range s.RowErrors(s.t.Context()) {
		check(s.t, err)
		faults++
	}
	if faults != 2 {
		s.t.Errorf("%d faults", faults)
	}
	return s.lines(run)
}

// failed writes the rows that were not done as a file of failed rows.
func (s *stage) failed(lines []LedgerRow) (string, error) {
	var b bytes.Buffer
	failed, err := roster.NewFailedWriter(s.t.Context(), &b, s.Roster, "")
	check(s.t, err)
	for _, line := range lines {
		if line.State == string(rowstate.Failed) {
			if err := failed.Write(line.Row, line.Class, ""); err != nil {
				return "", err
			}
		}
	}
	err = failed.Close()
	return b.String(), err
}

const crowd = header + "ada@example.com,Ada\nnobody,Grace\nedsger@example.com,Edsger\nADA@example.com,Ada again\nbarbara@example.com,\"Barbara\nL.\"\nalan@example.com,Alan\n"

// A roster that is replaced after Read is not missed by any step but the copy of
// failed rows, and no row is validated twice.
func TestTheRosterIsReadOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), crowd)
	s.SkipInvalid = true
	s.earlier(ledger.Outcome{Row: 1, Line: 2, Digest: s.person("edsger@example.com"), State: rowstate.Created, UserID: "e"})
	path, validated := s.onFile(crowd)
	if _, err := s.Read(t.Context()); err != nil || *validated != 6 {
		t.Fatalf("%d rows were validated, %v", *validated, err)
	}
	check(t, os.WriteFile(path, []byte("something else"), 0o600))
	var got []string
	lines := s.carriedOut()
	for _, line := range lines {
		got = append(got, line.Key+" "+line.State)
	}
	want := []string{"ada@example.com created", "nobody failed", "edsger@example.com existing", "ADA@example.com failed", "barbara@example.com failed", "alan@example.com created"}
	if !slices.Equal(got, want) || *validated != 6 {
		t.Errorf("got %q, with %d rows validated", got, *validated)
	}
	if text, err := s.failed(nil); err != nil || text != "email,name,usher_line,usher_error,usher_hint\n" {
		t.Errorf("no failed rows are written as %q, %v", text, err)
	}
	if text, err := s.failed(lines); !errors.Is(err, roster.Changed) {
		t.Errorf("rows were copied from another file: %q, %v", text, err)
	}
}

func TestFailedRowsAreCopied(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), crowd)
	s.SkipInvalid = true
	s.earlier(ledger.Outcome{Row: 1, Line: 2, Digest: s.person("edsger@example.com"), State: rowstate.Created, UserID: "e"})
	_, validated := s.onFile(crowd)
	_, err := s.Read(t.Context())
	check(t, err)
	text, err := s.failed(s.carriedOut())
	want := "email,name,usher_line,usher_error,usher_hint\nnobody,Grace,3,invalid,\nADA@example.com,Ada again,5,invalid,\nbarbara@example.com,\"Barbara\nL.\",6,invalid,\n"
	if err != nil || text != want || *validated != 6 {
		t.Errorf("got %q, %v, with %d rows validated", text, err, *validated)
	}
}

// Every record is read back as it was read.
func TestRecordsAreReadBack(t *testing.T) {
	t.Parallel()
	table := schema.Table{
		{Name: "text"}, {Name: "open"}, {Name: "number", Kind: schema.Integer}, {Name: "truth", Kind: schema.Boolean}, {Name: "texts", Kind: schema.Strings},
		{Name: "objects", Kind: schema.Objects, Parts: []schema.Field{{Name: "a"}, {Name: "b", Kind: schema.Integer}}},
		{Name: "secret", Secret: true}, {Name: "secrets", Kind: schema.Objects, Parts: []schema.Field{{Name: "a", Secret: true}}}, {Name: "nil"},
	}
	file, err := scratch.New(t.Context(), t.TempDir())
	check(t, err)
	t.Cleanup(func() { check(t, file.Close()) })
	s := newStorage(table, file)
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	object := rapid.Custom(func(t *rapid.T) schema.Record {
		return schema.Record{"a": text.Draw(t, "a"), "b": rapid.Int64().Draw(t, "b")}
	})
	rapid.Check(t, func(t *rapid.T) {
		record := schema.Record{}
		for name, draw := range map[string]func() any{
			"text": func() any { return text.Draw(t, "text") }, "open": func() any { return schema.Text(text.Draw(t, "open")) },
			"number": func() any { return rapid.Int64().Draw(t, "number") }, "truth": func() any { return rapid.Bool().Draw(t, "truth") },
			"texts":   func() any { return rapid.SliceOf(text).Draw(t, "texts") },
			"objects": func() any { return rapid.SliceOf(object).Draw(t, "objects") }, "nil": func() any { return nil },
			"secret":  func() any { return text.Draw(t, "secret") },
			"secrets": func() any { return []schema.Record{{"a": text.Draw(t, "secrets")}} },
		} {
			if rapid.Bool().Draw(t, "has "+name) {
				record[name] = draw()
			}
		}
		stored, err := s.record(nil, record)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.readRecord(stored); err != nil || !reflect.DeepEqual(got, record) {
			t.Fatalf("got %#v, %v; want %#v", got, err, record)
		}
		for end := range stored { // a truncated record is an error or a shorter one, and no panic
			_, _ = s.readRecord(stored[:end])
		}
	})
	if stored, err := s.record(nil, schema.Record{"unknown": "x"}); err == nil {
		t.Errorf("a field that the table lacks is stored as %q", stored)
	}
}

func TestFaultsAreReadBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+"nobody,\nada@example.com,Ada,too many\n")
	var want []string
	for row, err := range s.Roster.Rows(t.Context()) {
		check(t, err)
		for _, rowErr := range row.Errors {
			want = append(want, fmt.Sprintf("%+v %+v", rowErr.Place, *rowErr.FieldError))
		}
	}
	s.read()
	var got []string
	for rowErr, err := range s.RowErrors(t.Context()) {
		check(t, err)
		got = append(got, fmt.Sprintf("%+v %+v", rowErr.Place, *rowErr.FieldError))
	}
	if len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
