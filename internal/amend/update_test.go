package amend

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// carryOut sends all changes, and gives how the run ended and the states by line.
func (s *stage) carryOut(client provider.Client, way intake.Asked, before string, options engine.Options) (ledger.PastRun, map[int]rowstate.State, error) {
	s.t.Helper()
	s.Change = true
	check(s.t, s.Ask(s.t.Context(), client, way, quick(), func() {}))
	check(s.t, s.Confirm(s.t.Context(), client, quick(), func(int, time.Duration) {}))
	file, err := CreateBefore(before, s.Adapter)
	check(s.t, err)
	defer func() { check(s.t, file.Close()) }()
	run, err := s.lock.Begin(s.t.Context(), ledger.RunInfo{Command: rowstate.CommandUpdate, BeforeFile: before})
	check(s.t, err)
	u := &Update{Comparison: s.Comparison, Before: file}
	states := map[int]rowstate.State{}
	options.Report = func(outcome engine.Result) {
		if _, twice := states[outcome.Line]; twice {
			s.t.Errorf("line %d has two outcomes", outcome.Line)
		}
		states[outcome.Line] = outcome.State
	}
	rows := recorder.Recorder{Run: run}
	err = u.RecordKnown(s.t.Context(), rows, options.Report)
	if err == nil {
		err = u.Send(s.t.Context(), nil, client, rows, options)
	}
	check(s.t, run.Finish(s.t.Context(), ledger.Summary{}))
	past, pastErr := s.book.Run(s.t.Context(), run.ID())
	check(s.t, pastErr)
	return past, states, err
}

func TestOnlyWhatDiffersIsSent(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", compared)
	d := people()
	before := filepath.Join(t.TempDir(), "before.csv")
	past, states, err := s.carryOut(listing{d}, intake.ByList, before, quick())
	check(t, err)
	want := map[int]rowstate.State{
		2: rowstate.Unchanged, 3: rowstate.Updated, 4: rowstate.Unchanged, 5: rowstate.Failed, 6: rowstate.Failed, 7: rowstate.Failed, 8: rowstate.Failed, 9: rowstate.Failed,
	}
	if !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if len(d.sent) != 1 || d.sent["<grace@example.com>"] != 1 || d.users["grace@example.com"].Text("name") != "Gracie" {
		t.Errorf("sent %v, grace is %v", d.sent, d.users["grace@example.com"])
	}
	text, err := os.ReadFile(before)
	check(t, err)
	if want := "email,name,phone,level,tags,address.city,groups (GROUP:ROLE),usher_empty\ngrace@example.com,Grace,2,,,,,tags;address.city;groups\n"; string(text) != want {
		t.Errorf("before:\n%swant:\n%s", text, want)
	}
	if info, err := os.Stat(before); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	counts, err := s.book.CountStates(t.Context(), past)
	if err != nil || counts[rowstate.Updated] != 1 || counts[rowstate.Unchanged] != 2 || counts[rowstate.Failed] != 5 {
		t.Errorf("the ledger counts %v, %v", counts, err)
	}
}

func TestNothingLeavesBeforeItsImage(t *testing.T) {
	t.Parallel()
	var roster strings.Builder
	roster.WriteString("email,name\n")
	d := newDirectory()
	for n := range 100 {
		email := fmt.Sprintf("p%d@example.com", n)
		fmt.Fprintf(&roster, "%s,New\n", email)
		d.users[email] = schema.Record{"email": email, "name": fmt.Sprintf("Old %d", n)}
	}
	s := newStage(t, "people.csv", roster.String())
	before := filepath.Join(t.TempDir(), "before.ndjson")
	d.trouble = func(id string, _ int) (error, error) {
		text, err := os.ReadFile(before)
		key := strings.Trim(id, "<>")
		want := fmt.Sprintf(`{"email":%q,"name":%q,`, key, d.users[key].Text("name"))
		if err != nil || strings.Count(string(text), want) != 1 {
			t.Errorf("%s was sent without its image, %v", id, err)
		}
		return nil, nil
	}
	_, states, err := s.carryOut(d, intake.ByLookUp, before, quick())
	check(t, err)
	if len(states) != 100 {
		t.Errorf("%d outcomes", len(states))
	}
}

// trouble gives faults at random: before the change is made, or after it.
func trouble(random *rand.Rand) func(string, int) (error, error) {
	return func(_ string, n int) (error, error) {
		if n > 2 {
			return nil, nil
		}
		lost := &provider.Error{Class: provider.Unknown, Op: opUpdate}
		switch n := random.IntN(100); {
		case n < 10:
			return lost, nil
		case n < 20:
			return nil, lost
		case n < 25:
			return &provider.Error{Class: provider.Busy, Op: opUpdate, Status: 429}, nil
		case n < 30:
			return &provider.Error{Class: provider.Unsent, Op: opUpdate}, nil
		default:
			return nil, nil
		}
	}
}

// Whatever an update changed, its before-images take back, with trouble on
// either way. White space at the edges of a value alone does not come back: no
// roster has any.
func TestRestoreIsExact(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		d, wanted := randomPeople(random)
		state := d.state()
		s := newStage(t, "people.ndjson", wanted)
		d.trouble = trouble(random)
		ending := []string{".ndjson", ".csv"}[seed%2]
		before := filepath.Join(t.TempDir(), "before"+ending)
		_, states, err := s.carryOut(listing{d}, intake.ByList, before, quick())
		check(t, err)
		for line, got := range states {
			if got != rowstate.Updated && got != rowstate.Unchanged {
				t.Errorf("seed %d: line %d is %s", seed, line, got)
			}
		}
		if maps.Equal(d.state(), state) {
			t.Fatalf("seed %d: not updated", seed)
		}
		changed := d.state()
		s.open("people.ndjson", wanted)
		if _, again, err := s.carryOut(d, intake.ByLookUp, before+"-2"+ending, quick()); err != nil || !onlyHas(again, rowstate.Unchanged) || !maps.Equal(d.state(), changed) {
			t.Errorf("seed %d: the same update again gives %v, %v", seed, again, err)
		}
		text, err := os.ReadFile(before)
		check(t, err)
		s.open(before, string(text))
		_, restored, err := s.carryOut(d, intake.ByLookUp, before+"-3"+ending, quick())
		check(t, err)
		if !onlyHas(restored, rowstate.Updated) {
			t.Errorf("seed %d: the restore gives %v", seed, restored)
		}
		got := d.state()
		for key, want := range state {
			if got[key] != want {
				t.Errorf("seed %d: restored\n%s\nwant\n%s", seed, got[key], want)
			}
		}
	}
}

func onlyHas(states map[int]rowstate.State, want rowstate.State) bool {
	for _, state := range states {
		if state != want {
			return false
		}
	}
	return len(states) > 0
}

// randomPeople gives a directory, and a roster in NDJSON that changes some of it.
func randomPeople(random *rand.Rand) (*directory, string) {
	d, roster := newDirectory(), strings.Builder{}
	for n := range 60 {
		email := fmt.Sprintf("p%d@example.com", n)
		d.users[email] = randomRecord(random, email)
		object, err := acme().Table.Encode(randomRecord(random, email))
		if err != nil {
			panic(err)
		}
		roster.Write(append(object, '\n'))
	}
	return d, roster.String()
}

func randomRecord(random *rand.Rand, email string) schema.Record {
	texts := []string{"", "Ada", "O'Neil, \"Shaq\"", "a\nb", "=1+1", "ß→é", "0049 1", "a\tb", "#x", "null"}
	word := func() string { return texts[random.IntN(len(texts))] }
	record := schema.Record{"email": email, "name": strings.TrimSpace("Name " + word())}
	for _, name := range []string{"phone", "address.city"} {
		if random.IntN(3) > 0 {
			record[name] = word()
		}
	}
	if random.IntN(2) == 0 {
		record["tags"] = [][]string{{}, {"b", "a"}, {"x y"}}[random.IntN(3)]
	}
	if random.IntN(2) == 0 {
		record["groups"] = [][]schema.Record{{}, {{"group": "g", "role": "r"}}, {{"group": "g"}, {"group": "h", "role": "r"}}}[random.IntN(3)]
	}
	return record
}

func TestTroubleIsSettled(t *testing.T) {
	t.Parallel()
	lost := &provider.Error{Class: provider.Unknown, Op: opUpdate, Status: 500}
	s := newStage(t, "people.csv", "email,name\nada@example.com,A\ngrace@example.com,G\nedsger@example.com,E\nlinus@example.com,L\nbarbara@example.com,B\n")
	d := people()
	d.trouble = func(id string, n int) (error, error) {
		switch {
		case id == "<ada@example.com>" && n == 1:
			return nil, lost // made, and the answer was lost
		case id == "<grace@example.com>" && n == 1:
			return lost, nil // not made
		case id == "<edsger@example.com>":
			return lost, nil // never made
		case id == "<linus@example.com>":
			return &provider.Error{Class: provider.Conflict, Op: opUpdate, Status: 409}, nil
		}
		return nil, nil
	}
	past, states, err := s.carryOut(d, intake.ByLookUp, filepath.Join(t.TempDir(), "b.csv"), quick())
	check(t, err)
	want := map[int]rowstate.State{2: rowstate.Updated, 3: rowstate.Updated, 4: rowstate.Failed, 5: rowstate.Failed, 6: rowstate.Updated}
	if !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	for id, times := range map[string]int{"ada": 1, "grace": 2, "edsger": engine.DefaultSends, "linus": 1, "barbara": 1} {
		if d.sent["<"+id+"@example.com>"] != times {
			t.Errorf("%s was sent %d times, want %d", id, d.sent["<"+id+"@example.com>"], times)
		}
	}
	for row, err := range s.book.Rows(t.Context(), past, rowstate.Failed) {
		check(t, err)
		if want := map[int]string{4: "unknown", 5: "conflict"}[row.Line]; row.Class != want {
			t.Errorf("line %d is of class %q, want %q: %s", row.Line, row.Class, want, row.Message)
		}
	}
}

// A change whose answer was lost stays unknown where the user cannot be read again.
func TestUnknownWhereNobodyCanBeAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", "email,name\nada@example.com,A\n")
	d := people()
	d.trouble = func(string, int) (error, error) { return nil, &provider.Error{Class: provider.Unknown, Op: opUpdate} }
	past, states, err := s.carryOut(blind{d, listing{d}}, intake.ByList, filepath.Join(t.TempDir(), "b.csv"), quick())
	check(t, err)
	counts, err := s.book.CountStates(t.Context(), past)
	if states[2] != rowstate.Unknown || counts[rowstate.ChangeUnknown] != 1 || err != nil {
		t.Errorf("got %v, %v, %v", states, counts, err)
	}
}

// blind lists and updates, and reads no single user.
type blind struct {
	updater provider.Updater
	lister  provider.Lister
}

func (b blind) Create(ctx context.Context, r schema.Record) (provider.User, error) {
	panic("an update creates nobody")
}

func (b blind) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	return b.updater.Update(ctx, id, changes)
}

func (b blind) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	return b.lister.List(ctx, filter)
}
func (b blind) ListRequests(ctx context.Context) (int, error) { return b.lister.ListRequests(ctx) }

func TestNothingIsSentThatCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, "people.csv", "email,name\nada@example.com,A\n")
	d := newDirectory(schema.Record{"email": "ada@example.com", "name": "Ada", "tags": []string{"a;b"}})
	_, _, err := s.carryOut(d, intake.ByLookUp, filepath.Join(t.TempDir(), "b.csv"), quick())
	if !errors.Is(err, engine.ErrRecorder) || len(d.sent) > 0 {
		t.Errorf("got %v, sent %v", err, d.sent)
	}
	if FitsCSV(s.Adapter, s.verdicts()[2]) {
		t.Error("a list with the separator in an item fits a cell")
	}
}

func TestBeforeFileIsNeverWrittenOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.csv")
	check(t, os.WriteFile(path, []byte("mine"), 0o600))
	if _, err := CreateBefore(path, acme()); err == nil {
		t.Error("written over")
	}
	if _, err := CreateBefore(path+".xlsx", acme()); err == nil {
		t.Error("a workbook was begun")
	}
	file, err := CreateBefore(path+".csv", acme())
	check(t, err)
	check(t, file.Close())
	if _, err := os.Stat(path + ".csv"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file without rows is left: %v", err)
	}
}
