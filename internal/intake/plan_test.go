package intake

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/schema"
)

const header = "email,name\n"

func TestReadGroupsFaults(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+`ada@example.com,Ada
nobody,Grace
,Edsger
ADA@example.com,Ada again
nobody,Barbara
Ada@Example.com,
`)
	reading, err := s.Read(t.Context())
	check(t, err)
	if reading.Rows != 6 || reading.Invalid != 5 || reading.Errors != 6 {
		t.Errorf("%d faults in %d of %d rows", reading.Errors, reading.Invalid, reading.Rows)
	}
	var got []string
	for _, group := range reading.Groups {
		text := group.Field + " " + string(group.Cause) + ":"
		for _, rowErr := range group.First {
			text += " " + rowErr.Message + ";"
		}
		got = append(got, text)
	}
	want := []string{
		`email malformed: email "nobody" is not an email address; email "nobody" is not an email address;`,
		`email missing: email is required;`,
		`name missing: name is required;`,
		`email duplicate key: duplicate email: first on line 2; duplicate email: first on line 2;`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var places []int
	for rowErr, err := range s.RowErrors(t.Context()) {
		check(t, err)
		places = append(places, rowErr.Line)
	}
	if want := []int{3, 4, 5, 6, 7, 7}; !slices.Equal(places, want) {
		t.Errorf("faults on lines %v, want %v", places, want)
	}
}

func TestReadNamesTheFirstPlacesOnly(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+strings.Repeat("nobody,Ada\n", 1000))
	reading, err := s.Read(t.Context())
	check(t, err)
	if len(reading.Groups) != 1 || reading.Groups[0].Errors != 1000 || len(reading.Groups[0].First) != 5 || reading.Invalid != 1000 {
		t.Errorf("got %+v", reading)
	}
}

// Unknown fields of documents may have a name of their own in each row.
func TestReadGroupsUnknownFieldsTogether(t *testing.T) {
	t.Parallel()
	reading := &Reading{}
	s := newStage(t, acme(), header+"ada@example.com,Ada\n")
	rowErr := s.repetition(ledger.Duplicate{Row: 1, Line: 1, FirstLine: 1})
	for _, name := range []string{"a", "b", "c"} {
		unknown := rowErr
		unknown.FieldError = &schema.FieldError{Cause: schema.Unknown, Field: name}
		reading.Count(unknown)
	}
	if len(reading.Groups) != 1 || reading.Groups[0].Field != "" || reading.Groups[0].Errors != 3 {
		t.Errorf("got %+v", reading.Groups)
	}
}

func TestCountsAddUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+`new@example.com,A
created@example.com,B
Created@example.com,repeated and existing
doubtful@example.com,C
DOUBTFUL@example.com,repeated and in doubt
nobody,faulty
new@example.com,repeated and new
failed@example.com,D
listed@example.com,E
`)
	s.SkipInvalid = true
	first := s.earlier(
		ledger.Outcome{Row: 1, Line: 7, Digest: s.person("created@example.com"), State: rowstate.Created, UserID: "1"},
		ledger.Outcome{Row: 2, Line: 8, Digest: s.person("doubtful@example.com"), State: rowstate.Unknown},
		ledger.Outcome{Row: 3, Line: 9, Digest: s.person("failed@example.com"), State: rowstate.Failed},
	)
	reading, counts := s.read()
	if reading.Invalid != 4 {
		t.Errorf("%d rows are faulty, want 4", reading.Invalid)
	}
	if want := (PlanCounts{Rows: 9, Create: 3, Existing: 1, InDoubt: 1, Faulty: 4}); counts != want {
		t.Errorf("got %+v, want %+v", counts, want)
	}

	client := &lister{finder: finder{users: []string{"Listed@example.com", "DOUBTFUL@example.com", "stranger@example.com"}}, requests: 1}
	check(t, s.AskProvider(t.Context(), client, ByList, quick(), func() {}))
	counts = s.resolve()
	want := PlanCounts{Rows: 9, Create: 2, Existing: 3, Faulty: 4, Unlisted: 1, FirstUnlisted: ledger.Finding{Standing: ledger.Exists, Run: first.ID, Row: 1, Line: 7, UserID: "1"}}
	if counts != want {
		t.Errorf("with the list: got %+v, want %+v", counts, want)
	}
}

func TestFaultyRowDoesNotStandInTheWay(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+"ada@example.com,\nada@example.com,Ada\n")
	s.SkipInvalid = true
	reading, counts := s.read()
	if want := (PlanCounts{Rows: 2, Create: 1, Faulty: 1}); counts != want || reading.Invalid != 1 {
		t.Errorf("got %+v, want %+v", counts, want)
	}
}

// holds tells whether a file in the state directory holds a text.
func (s *stage) holds(text string) bool {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "*"))
	check(s.t, err)
	for _, path := range files {
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}
