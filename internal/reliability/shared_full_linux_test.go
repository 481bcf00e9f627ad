package reliability

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/pgtest"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// TestSharedLedgerFull fills a disk of the database, before the import and while rows are sent: that of the data, on which a write
// fails, or that of the write-ahead log, without which the server ends. Nothing is sent whose intent is not in the database, and
// the same command continues when there is space again.
func TestSharedLedgerFull(t *testing.T) {
	for name, next := range map[string]string{"data": "free space on the database's disk", "log": "run the command again when the database answers"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := pgtest.StartOnDisks(t)
			fill := cluster.FillData
			if name == "log" {
				fill = cluster.FillLog
			}
			database := cluster.Database(t)
			const people = 1000
			s := newStage(t, dialectOf("ejento"), sandbox.Options{Latency: 20 * time.Millisecond})
			s.share(database)
			args := []string{"users", "import", s.roster(people), "--yes", "--concurrency", "4", "--results", s.path("results.csv")}
			if r := s.run("runs", "list"); r.status != 0 { // it makes the tables
				t.Fatalf("%s", r)
			}
			fill(t)
			if r := s.run(args...); r.status != 2 || s.witness.peopleSent() > 0 || !strings.Contains(r.stderr, "next: ") {
				t.Errorf("%s", r)
			}
			cluster.Free(t)

			cmd, stderr := s.command(t.Context(), args...), newScreen()
			cmd.Stderr = stderr
			check(t, cmd.Start())
			s.until(func() bool { return s.witness.peopleSent() > 20 })
			fill(t)
			_ = cmd.Wait()
			sent := s.witness.peopleSent()
			cluster.Free(t)
			recorded, err := strconv.Atoi(cluster.Exec(t, database, "SELECT count(*) FROM usher.rows"))
			if status := cmd.ProcessState.ExitCode(); status != 1 || err != nil || sent > recorded || sent == people || !strings.Contains(stderr.String(), "next: "+next) {
				t.Errorf("status %d, %d rows were sent, and the database has %d\n%s", status, sent, recorded, stderr)
			}
			s.continues(args, people)
		})
	}
}
