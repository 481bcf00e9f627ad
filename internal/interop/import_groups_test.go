package interop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestImportGroups imports people with three groups each while responses are lost, requests do not arrive and the program
// is killed, and again until every row is done: everybody is in each group once, and nobody else is.
func TestImportGroups(t *testing.T) {
	for _, name := range []string{"scimmy", "elimity", "betterauth"} {
		t.Run(name, func(t *testing.T) {
			g := groupedSCIM(t, name)
			g.groups = append(g.groups, g.createGroup(t, "Choir"))
			g.importWithGroups(t)
		})
	}
}

func (g grouped) importWithGroups(t *testing.T) {
	people, kills, longest := 60, 6, 500*time.Millisecond
	if os.Getenv("USHER_LONG") != "" {
		people, kills, longest = 1000, 20, 4*time.Second
		if g.name != "elimity" { // a change of a group takes the longer the more members it has: 0.4 s with 600 at scimmy
			people = 300
		}
	}
	var text strings.Builder
	text.WriteString("userName,givenName,familyName,groups\n")
	for n := 1; n <= people; n++ {
		fmt.Fprintf(&text, "person%d@example.com,Given%[1]d,Family%[1]d,%s\n", n, strings.Join(g.groups, ";"))
	}
	folder := t.TempDir()
	roster := write(t, folder, "people.csv", text.String())
	g.proxied = g.proxy(t)
	g.lose(t, 0.05, "downstream")
	g.lose(t, 0.05, "upstream")

	args := []string{"users", "import", roster, "--yes", "--max-failures", "0", "-o", "json"}
	random, killed := rand.New(rand.NewPCG(3, uint64(len(g.name)))), 0
	for range kills {
		cmd := g.command(t, folder, args...)
		check(t, cmd.Start())
		time.Sleep(100*time.Millisecond + time.Duration(random.Int64N(int64(longest))))
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if !cmd.ProcessState.Exited() {
			killed++
		}
	}
	if killed == 0 {
		t.Error("every import ended before it was killed")
	}
	const tries, patience = 20, 5
	for try := 1; ; try++ {
		ended := g.run(t, folder, args...)
		if ended.status == 0 {
			break
		}
		if try == patience {
			g.settleUnknown(t, folder, ended)
		}
		if try == tries {
			t.Fatalf("after %d imports: %v", try, ended)
		}
	}
	want := map[string]int{}
	var read struct {
		Resources []struct{ ID, UserName string }
	}
	for start := 1; start <= people; start += len(read.Resources) {
		read.Resources = nil
		check(t, json.Unmarshal(g.get(t, fmt.Sprintf("/Users?startIndex=%d&count=50", start)), &read))
		if len(read.Resources) == 0 {
			break
		}
		for _, user := range read.Resources {
			want[user.ID] = 1
		}
	}
	missing, more := 0, 0
	for _, group := range g.groups {
		got := map[string]int{}
		for _, id := range g.members(t, group) {
			got[id]++
		}
		for id := range want {
			missing += max(0, 1-got[id])
		}
		for id, times := range got {
			more += times - want[id]
		}
	}
	t.Logf("%d people in %d groups, %d kills: %d users, %d memberships missing, %d too many", people, len(g.groups), killed, len(want), missing, more)
	if len(want) != people || missing > 0 || more > 0 {
		t.Errorf("%d users of %d, %d memberships missing, %d too many", len(want), people, missing, more)
	}
}

// settleUnknown does what an administrator does about users who stay unknown, because the server answered their create with
// what affirms nothing: it settles as absent those who do not exist.
func (g grouped) settleUnknown(t *testing.T, folder string, imported ended) {
	t.Helper()
	var report struct{ Run string }
	check(t, json.Unmarshal([]byte(imported.stdout), &report))
	listed := g.run(t, folder, "runs", "rows", report.Run, "--state", "unknown", "-o", "json")
	var rows []struct{ Line int }
	check(t, json.Unmarshal([]byte(listed.stdout), &rows))
	for _, row := range rows {
		t.Logf("line %d stays unknown", row.Line)
		if ended := g.run(t, folder, "runs", "settle", report.Run, "--line", strconv.Itoa(row.Line), "--absent"); ended.status != 0 {
			t.Fatal(ended)
		}
	}
}
