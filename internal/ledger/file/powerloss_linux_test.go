package file

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// promise is a mark: what a call had promised to be durable when it returned.
type promise struct {
	what string // "open", "run", "intent", "outcome"
	row  int
	run  string
}

// After a power cut the store opens, is sound, and has every intent and every
// flushed outcome that was promised before the cut. The model: what a file was
// written before its last sync is there; of what came after, each write is
// there, is lost, or is torn at sectors, in any combination.
func TestPowerLoss(t *testing.T) {
	t.Parallel()
	t.Run("with syncs", powerLossBreaksNoPromise)
	t.Run("without syncs", powerLossModelSeesMissingSyncs)
}

func powerLossBreaksNoPromise(t *testing.T) {
	events := importUnderPower(t)
	var cuts []int
	for cut := range min(len(events), 50) { // each moment of the making of the store
		cuts = append(cuts, cut)
	}
	for range 100 {
		cuts = append(cuts, rand.IntN(len(events)+1))
	}
	for _, cut := range cuts {
		seed := rand.Uint64()
		if broken := promisesBroken(t, events[:cut], seed); len(broken) > 0 {
			t.Errorf("power cut after event %d of %d (seed %d): %v", cut, len(events), seed, broken)
		}
	}
}

// The model can tell: without syncs it loses what was promised.
func powerLossModelSeesMissingSyncs(t *testing.T) {
	events := importUnderPower(t, "synchronous = off")
	for range 100 {
		if len(promisesBroken(t, events[:rand.IntN(len(events)+1)], rand.Uint64())) > 0 {
			return
		}
	}
	t.Error("no promise was broken in a hundred power cuts without syncs")
}

// importUnderPower runs an import, with settings beside the ledger's own, and
// gives what happened to the files, with the promises in between.
func importUnderPower(t *testing.T, settings ...string) []event {
	t.Helper()
	disk := newRecorder(t)
	l, err := open(t.Context(), t.TempDir(), recordingVFS)
	if err != nil {
		t.Fatal(err)
	}
	disk.mark(promise{what: "open"})
	run := beginTest(t, l, lockTest(t, l, "target"))
	disk.mark(promise{what: "run", run: run.ID()})
	// Checkpoints come early, so that a short run sees many.
	for _, pragma := range append(settings, "wal_autocheckpoint = 40") {
		if _, err := run.writer.conn.ExecContext(t.Context(), "PRAGMA "+pragma); err != nil {
			t.Fatal(err)
		}
	}
	rows := make(chan int)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for row := range rows {
				if err := importRowUnderPower(t, run, disk, row); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for row := 1; row <= 500; row++ {
		rows <- row
	}
	close(rows)
	group.Wait()
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	return disk.events
}

func importRowUnderPower(t *testing.T, run *Run, disk *recorder, row int) error {
	// One row, or as many as make a list; the others of the list get no outcome.
	intents := []ledger.Intent{{Row: row, Line: row + 1, Digest: ledgertest.Person(row)}}
	for n := 1; row%5 == 0 && n < fewestInList; n++ {
		intents = append(intents, ledger.Intent{Row: 1000*n + row, Line: row + 1, Digest: ledgertest.Person(1000*n + row)})
	}
	if err := run.Intend(t.Context(), intents...); err != nil {
		return err
	}
	for _, intent := range intents {
		disk.mark(promise{what: "intent", row: intent.Row, run: run.ID()})
	}
	if err := run.Record(t.Context(), ledger.Outcome{Row: row, Digest: ledgertest.Person(row), State: rowstate.Created, UserID: strconv.Itoa(row)}); err != nil {
		return err
	}
	if row%7 != 0 {
		return nil
	}
	if err := run.Flush(t.Context()); err != nil {
		return err
	}
	disk.mark(promise{what: "outcome", row: row, run: run.ID()})
	return nil
}

// promisesBroken cuts the power after these events, opens what is left, and
// gives what was promised and is not there.
func promisesBroken(t *testing.T, events []event, seed uint64) (broken []string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range filesAfterPowerLoss(events, rand.New(rand.NewPCG(seed, 0))) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := Open(t.Context(), dir)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = l.Close() }()
	if err := l.Check(t.Context()); err != nil {
		return []string{err.Error()}
	}
	states := make(map[int]ledger.Entry)
	for _, e := range events {
		p, ok := e.mark.(promise)
		if !ok {
			continue
		}
		if p.what == "run" {
			run, err := l.Run(t.Context(), p.run)
			if err != nil {
				return []string{err.Error()}
			}
			for _, row := range ledgertest.All(t, l.Rows(t.Context(), run)) {
				states[row.Row] = row
			}
			continue
		}
		got := states[p.row]
		if p.what == "intent" && (got.Digest != ledgertest.Person(p.row) || got.State != rowstate.Sent && got.State != rowstate.Created) ||
			p.what == "outcome" && (got.State != rowstate.Created || got.UserID != strconv.Itoa(p.row)) {
			broken = append(broken, fmt.Sprintf("%s of row %d: it is %q", p.what, p.row, got.State))
		}
	}
	return broken
}

// filesAfterPowerLoss returns what the disk may hold when the power goes after
// these events.
func filesAfterPowerLoss(events []event, chance *rand.Rand) map[string][]byte {
	lastSync, lastFolderSync := lastSyncs(events)
	const sector = 512
	luck := chance.Float64() // of this power cut: from all is lost to all is kept
	files := make(map[string][]byte)
	for i, e := range events {
		durable := i < lastSync[e.file]
		switch e.kind {
		case made:
			if _, ok := files[e.file]; !ok {
				files[e.file] = nil
			}
		case written:
			for from := 0; from < len(e.data); from += sector {
				// Half of the writes that are not durable are lost or kept as a whole.
				size := min(sector, len(e.data)-from)
				if !durable && from == 0 && chance.IntN(2) == 0 {
					size = len(e.data)
				}
				if durable || chance.Float64() < luck {
					files[e.file] = writeAt(files[e.file], e.data[from:from+size], e.offset+int64(from))
				}
				if size == len(e.data) {
					break
				}
			}
		case truncated:
			if content := files[e.file]; (durable || chance.Float64() < luck) && int64(len(content)) > e.offset {
				files[e.file] = content[:e.offset]
			}
		case deleted:
			if i < lastFolderSync || chance.Float64() < luck {
				delete(files, e.file)
			}
		}
	}
	return files
}

// lastSyncs returns the last event that made each file durable, and the one that
// made the folder so: SQLite syncs it with the first sync of a new log.
func lastSyncs(events []event) (files map[string]int, folder int) {
	files = make(map[string]int)
	exists, isNew := make(map[string]bool), make(map[string]bool)
	for i, e := range events {
		switch e.kind {
		case made:
			isNew[e.file] = isNew[e.file] || !exists[e.file] && e.file != FileName
			exists[e.file] = true
		case deleted:
			exists[e.file] = false
		case synced:
			files[e.file] = i
			if isNew[e.file] {
				folder, isNew[e.file] = i, false
			}
		}
	}
	return files, folder
}

func writeAt(content, data []byte, offset int64) []byte {
	if missing := offset + int64(len(data)) - int64(len(content)); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	copy(content[offset:], data)
	return content
}
