//go:build unix

package reliability

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// jumpyClock names the variable of a program with a jumpy clock: after how many
// milliseconds its wall clock jumps, and by how many seconds. It is right, then
// ahead, then behind, and so on. With 0 milliseconds it is ahead all the time.
const jumpyClock = "TEST_USHER_CLOCK"

// jumps is what is added to Go's package time.
const jumps = `package time

import "syscall"

var jumpEvery, jumpBy = readJumps()

func readJumps() (every, by int64) {
	text, _ := syscall.Getenv("` + jumpyClock + `")
	for i := range len(text) {
		if text[i] == ',' {
			milliseconds, _ := atoi(text[:i])
			seconds, _ := atoi(text[i+1:])
			return int64(milliseconds) * 1e6, int64(seconds)
		}
	}
	return 0, 0
}

func jump(mono int64) int64 {
	if jumpEvery == 0 {
		return jumpBy
	}
	switch (mono - startNano) / jumpEvery % 3 {
	case 1:
		return jumpBy
	case 2:
		return -jumpBy
	default:
		return 0
	}
}
`

// jumpyProgram builds the program with a wall clock that jumps, once in a run.
// The program is the one that people get; it is Go's time.Now that gives another
// wall time. The monotonic time that comes with it is right, as it is where an
// administrator or a time server sets a clock.
var jumpyProgram = sync.OnceValues(func() (string, error) {
	folder := os.Getenv(folderVariable)
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	place := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	now, err := os.ReadFile(filepath.Join(place, "time.go"))
	if err != nil {
		return "", err
	}
	const before = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	if bytes.Count(now, []byte(before)) != 1 {
		return "", errors.New("this Go reads its clock in another way: see Now in its package time")
	}
	overlay := map[string]map[string]string{"Replace": {}}
	for name, content := range map[string]string{
		"time.go":  strings.Replace(string(now), before, strings.Replace(before, "\n", "\n\tsec += jump(mono)\n", 1), 1),
		"jumps.go": jumps,
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return "", err
		}
		overlay["Replace"][filepath.Join(place, name)] = path
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	list, path := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "usher-jumps")
	return path, errors.Join(os.WriteFile(list, text, 0o600), build(path, "-overlay", list))
})

// hours is how far the clock jumps.
const hours = 3 * time.Hour

// withClock has the program's clock jump each time that this has passed, or be
// ahead from the start where it is 0.
func (s *stage) withClock(every time.Duration) {
	s.t.Helper()
	program, err := jumpyProgram()
	check(s.t, err)
	s.program = program
	s.env = append(s.env, fmt.Sprintf("%s=%d,%d", jumpyClock, every.Milliseconds(), int(hours.Seconds())))
}

// TestClockThatJumps imports while the clock jumps by hours, forwards and
// backwards, many times: pauses that a provider asks for, the pace, the grace
// period of rows in doubt and the time limits go by the time that has passed.
func TestClockThatJumps(t *testing.T) {
	const people, every, tooLong = 60, 7 * time.Millisecond, 2 * time.Minute // a wait of hours has gone wrong
	for _, d := range dialects() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, d, sandbox.Options{Latency: 5 * time.Millisecond, Faults: sandbox.Faults{
				sandbox.FaultLostReply: 0.05, sandbox.Fault500: 0.05, sandbox.Fault429: 0.05, sandbox.Fault503: 0.05,
			}, Seed: 3})
			s.part = clock
			s.withClock(every)
			a := &audit{stage: s, people: people, roster: s.roster(people), more: []string{"--rate", "50/s"}}
			began := time.Now()
			first := a.importAll()
			if first.Unknown > 0 {
				a.settleAll()
			}
			for again := 0; a.last.Created+a.last.Existing < people || a.last.Unknown > 0; again++ {
				if again == 5 {
					t.Fatalf("not complete after %d imports: %+v", again, a.last)
				}
				if a.importAll(); a.last.Unknown > 0 {
					a.settleAll()
				}
			}
			took := time.Since(began)
			met := int(took / every)
			if took > tooLong || met < 100 {
				t.Errorf("the imports took %s, and the clock has jumped some %d times", took, met)
			}
			s.complete(people, met, first.Unknown)
		})
	}
}

// TestRetryAfterADate holds that a date after which to ask again is read by the
// provider's clock, which its response names, and not by the program's.
func TestRetryAfterADate(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	s.part = clock
	s.withClock(0) // ahead of the provider's
	var refusedAt, sentAgainAt atomic.Int64
	busy := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		now := time.Now()
		refusedAt.Store(now.UnixNano())
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		w.Header().Set("Retry-After", now.Add(2*time.Second).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusTooManyRequests)
	})
	s.witness.diverting(func(n int) (http.Handler, bool) {
		if n == 1 {
			return busy, false
		}
		sentAgainAt.CompareAndSwap(0, time.Now().UnixNano())
		return nil, false
	})
	r := s.run("users", "import", s.roster(1), "--yes")
	if r.status != 0 {
		t.Fatalf("%s", r)
	}
	if waited := time.Duration(sentAgainAt.Load() - refusedAt.Load()); waited < 1500*time.Millisecond {
		t.Errorf("resent after %s; the provider asked for 2s", waited)
	}
	s.complete(1, 1, 0)
}

// TestClockSetBackBetweenRuns holds that the last run is the one that began
// last, whatever the clock said, and that a lock does not depend on times.
func TestClockSetBackBetweenRuns(t *testing.T) {
	t.Parallel()
	s := newStage(t, dialectOf("sulu"), sandbox.Options{})
	s.part = clock
	right := len(s.env)
	s.withClock(0)
	if r := s.run("users", "import", s.roster(2), "--yes"); r.status != 0 {
		t.Fatalf("%s", r)
	}
	s.env = s.env[:right] // the clock is three hours behind the first run's
	roster := s.roster(5)
	cmd, stderr, goOn := s.begin(isCreate, "users", "import", roster, "--yes")
	if second := s.run("users", "import", roster, "--yes"); second.status != 2 || !strings.Contains(second.stderr, "target is locked by another usher process: ") {
		t.Errorf("while the first runs: %s", second)
	}
	goOn()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, stderr)
	}
	r := s.run("runs", "show", "last", "-o", "json")
	var run struct{ Counts counts }
	if err := json.Unmarshal([]byte(r.stdout), &run); err != nil || run.Counts.Rows != 5 || run.Counts.Created != 3 || run.Counts.Existing != 2 {
		t.Errorf("the last run is not the second: %v, %+v\n%s", err, run.Counts, r)
	}
	s.complete(5, 1, 0)
}
