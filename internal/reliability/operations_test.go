package reliability

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
)

// The people of a cell. An import of usher created those up to the last old one;
// somebody else created the stranger, who was in that import's roster as well.
const (
	oldPeople = 4
	stranger  = 5
	newPeople = 8 // from stranger+1
	nobody    = 9 // whom no provider has
)

// renamed is the value that updates set.
const renamed = "7654321"

// An operation is a command, or a few in a row, against a server with a fault.
type operation struct {
	name string
	// capabilities are what the provider must document, and one tells that the operation
	// is about one user, so that every request meets the fault.
	capabilities []provider.Capability
	one          bool
	run          func(c *operationCell)
	// passwords reports that an update must be able to set a password.
	passwords bool
	// inactive are the people who are deactivated before, and members those who are members of the groups.
	inactive, members []int
	// creates and touches are the people whom it may create, and whom it may change
	// or remove.
	creates, touches []int
}

// operations lists what administrators do to users, but for the create and the
// delete of one user, which [TestHostileCreate] and [TestHostileDelete] try.
func operations() []operation {
	newcomers := []int{stranger + 1, stranger + 2, newPeople}
	old := []int{1, 2, 3, oldPeople}
	return []operation{
		{name: "import", capabilities: []provider.Capability{provider.CapabilityCreate}, run: (*operationCell).importTwice, creates: newcomers},
		{name: "resume", capabilities: []provider.Capability{provider.CapabilityCreate}, run: (*operationCell).resume, creates: newcomers},
		{name: "update KEY", capabilities: []provider.Capability{provider.CapabilityUpdate}, one: true, run: (*operationCell).updateOne, touches: []int{2}},
		{name: "update by roster", capabilities: []provider.Capability{provider.CapabilityUpdate}, run: (*operationCell).updateSome, touches: []int{1, 2, 3}},
		{name: "delete by roster", capabilities: []provider.Capability{provider.CapabilityDelete}, run: (*operationCell).deleteSome, touches: []int{1, 2, 3}},
		{name: "deactivate KEY", capabilities: []provider.Capability{provider.CapabilityDeactivate}, one: true, run: (*operationCell).deactivateOne, touches: []int{2}},
		{name: "deactivate by roster", capabilities: []provider.Capability{provider.CapabilityDeactivate}, run: (*operationCell).deactivateSome, touches: []int{1, 2, 3}},
		{name: "activate KEY", capabilities: []provider.Capability{provider.CapabilityDeactivate, provider.CapabilityActivate}, one: true, run: (*operationCell).activateOne, inactive: []int{2, 3}, touches: []int{2}},
		{name: "activate by roster", capabilities: []provider.Capability{provider.CapabilityDeactivate, provider.CapabilityActivate}, run: (*operationCell).activateSome, inactive: []int{2, 3}, touches: []int{1, 2, 3}},
		{name: "password KEY", capabilities: []provider.Capability{provider.CapabilityUpdate}, passwords: true, one: true, run: (*operationCell).passwordOne, touches: []int{2}},
		{name: "password by roster", capabilities: []provider.Capability{provider.CapabilityUpdate}, passwords: true, run: (*operationCell).passwordSome, touches: []int{1, 2, 3}},
		{name: "groups add", capabilities: []provider.Capability{provider.CapabilityAddMember}, members: []int{2}, run: (*operationCell).addToGroups},
		{name: "groups remove", capabilities: []provider.Capability{provider.CapabilityRemoveMember}, members: []int{1, 2, oldPeople}, run: (*operationCell).removeFromGroups},
		{name: "undo", capabilities: []provider.Capability{provider.CapabilityDelete}, run: (*operationCell).undo, touches: old},
		{name: "sync", capabilities: []provider.Capability{provider.CapabilityCreate, provider.CapabilityUpdate, provider.CapabilityList, provider.CapabilityDelete}, run: (*operationCell).sync, creates: newcomers, touches: []int{1, 2, 3}},
		{name: "verify", capabilities: []provider.Capability{provider.CapabilityFind}, run: (*operationCell).verify},
	}
}

// documentedBy reports whether a provider documents all that an operation needs.
func (o operation) documentedBy(d dialect) bool {
	for _, adapter := range providers.All() {
		if adapter.Name != d.name {
			continue
		}
		for _, capability := range o.capabilities {
			if _, found := adapter.Endpoint(capability); !found {
				return false
			}
		}
		return !o.passwords || len(adapter.Table.Mutable().Passwords()) > 0
	}
	return false
}

// TestHostileOperations runs every operation with each fault of the sandbox: at one
// provider, and in the long form with each parameter at every provider that
// documents it. Whatever happens: no second account, nobody touched who was not
// meant, and nothing said of a row that is not so at the provider.
func TestHostileOperations(t *testing.T) {
	all, want := []dialect{dialectOf("scim")}, 560 // 16 operations, 35 faults
	long := os.Getenv(longForm) != ""
	if long {
		all, want = dialects(), wantLongCells
	}
	cells := 0
	t.Run("cells", func(t *testing.T) {
		for _, o := range operations() {
			cells += o.everywhere(t, all, long)
		}
	})
	if cells != want {
		t.Errorf("%d cells are tried, want %d", cells, want)
	}
	scored := 0
	for _, o := range operations() {
		scored += hostileProven.of(o.name).cells
	}
	if scored < want {
		t.Skipf("%d cells of %d ran: some were filtered out or broke", scored, want)
	}
	for _, o := range operations() {
		if hostileProven.of(o.name).met == 0 {
			t.Errorf("%s has met no fault: it tests nothing", o.name)
		}
	}
}

// everywhere runs an operation with each fault at the providers that document it, in
// the long form with each parameter. It returns the number of cells.
func (o operation) everywhere(t *testing.T, at []dialect, long bool) (cells int) {
	t.Helper()
	for _, fault := range sandbox.KnownFaults() {
		for n, parameter := range parametersOf(fault) {
			injected := fault
			if parameter != "" {
				injected = fault.With(parameter)
			}
			if n > 0 && (!long || parameter == "gmail") { // these people's keys have nothing that gmail would change
				continue
			}
			for _, d := range at {
				if fault.Missing(d.name) != "" || !o.documentedBy(d) {
					continue
				}
				cells++
				t.Run(fmt.Sprintf("%s, %s at %s", o.name, injected, d.name), func(t *testing.T) {
					t.Parallel()
					o.run(newOperationCell(t, d, o, injected))
				})
			}
		}
	}
	return cells
}

// wantLongCells is the number of cells in the long form: 16 operations with 41 faults
// and parameters at scim and 14 with 39 at ory, 5 with 38 at sulu and with 40 at
// evolution, 2 with 30 at ejento.
const wantLongCells = 1652

// operationCell is an operation with a fault at a provider.
type operationCell struct {
	*stage
	operation operation
	fault     sandbox.Fault
	hostile   *sandbox.Server
	before    map[string]sandbox.User // the users when the server became hostile
}

func newOperationCell(t *testing.T, d dialect, o operation, fault sandbox.Fault) *operationCell {
	t.Helper()
	c := &operationCell{stage: newStage(t, d, sandbox.Options{}), operation: o, fault: fault}
	people := []int{1, 2, 3, oldPeople}
	c.createStranger()
	if d.finds { // nothing would tell usher that the stranger exists
		people = append(people, stranger)
	}
	if r := c.run("users", "import", c.rosterFor(c.dialect, people...), "--yes"); r.status != failure.StatusOK {
		t.Fatalf("%s", r)
	}
	for _, n := range o.inactive {
		if r := c.run("users", "deactivate", person(n), "--yes"); r.status != failure.StatusOK {
			t.Fatalf("%s", r)
		}
	}
	for _, n := range o.members {
		if r := c.run("users", "groups", "add", person(n), "--group", "Engineering", "--group", "Sales", "--yes"); r.status != failure.StatusOK {
			t.Fatalf("%s", r)
		}
	}
	c.connections.over()
	c.before = c.users()
	if len(c.before) != stranger {
		t.Fatalf("%d users at the beginning, want %d", len(c.before), stranger)
	}

	const half = 0.5 // good and bad responses mix
	options := sandbox.Options{AllowDuplicates: true, Faults: sandbox.Faults{fault: half}, Seed: 7, SlowFor: 20 * time.Millisecond}
	if o.one {
		options.Faults[fault] = 1
	}
	if fault.Scope() == sandbox.ScopeRead {
		options.PageSize = 2 // so that lists have further pages
	}
	var err error
	c.hostile, err = sandbox.New(c.store, options)
	check(t, err)
	t.Cleanup(c.hostile.Settle)
	c.witness.leadTo(c.hostile)
	c.env = append(c.env, patient)
	return c
}

// createStranger sends what usher sends for a create, by no usher.
func (c *operationCell) createStranger() {
	c.t.Helper()
	sample, err := samples.of(c.t, c.dialect)
	check(c.t, err)
	body := strings.ReplaceAll(sample.body, person(1), person(stranger))
	request := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, sample.path, strings.NewReader(body))
	request.Header = sample.header
	answer := httptest.NewRecorder()
	c.witness.server().ServeHTTP(answer, request)
	if answer.Code/100 != 2 {
		c.t.Fatalf("the create of a stranger: %d %s", answer.Code, answer.Body)
	}
}

// users returns the users whom the provider holds, by their keys in lower case.
func (c *operationCell) users() map[string]sandbox.User {
	c.t.Helper()
	users := map[string]sandbox.User{}
	for user, err := range c.store.Users(c.t.Context(), c.name) {
		check(c.t, err)
		users[strings.ToLower(user.Key)] = user
	}
	return users
}

// rosterFor writes a roster of these people, and gives its path.
func (c *operationCell) rosterFor(d dialect, people ...int) string {
	c.t.Helper()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	check(c.t, w.Write(d.fields.Names()))
	for _, n := range people {
		check(c.t, w.Write(d.row(n)))
	}
	w.Flush()
	path := c.path("roster.csv")
	check(c.t, os.WriteFile(path, text.Bytes(), 0o600))
	return path
}

// changed is the field that updates set. The fault drop drops it, where it has a
// default of that provider.
func (c *operationCell) changed() string {
	return map[string]string{"sulu": "phone", "ory": "traits.name.first", "scim": "nickName", "evolution": "displayName"}[c.name]
}

func (c *operationCell) importTwice() {
	everybody := []int{1, 2, 3, oldPeople, stranger + 1, stranger + 2, newPeople}
	if c.finds {
		everybody = append(everybody, stranger)
	}
	roster := c.rosterFor(c.dialect, everybody...)
	c.judge("import", len(everybody), c.rows("users", "import", roster, "--yes", "--max-failures", "0"))
	c.judge("import again", len(everybody), c.rows("users", "import", roster, "--yes", "--max-failures", "0"))
}

func (c *operationCell) resume() {
	everybody := []int{stranger + 1, stranger + 2, newPeople, 1, 2, 3, oldPeople}
	roster, results := c.rosterFor(c.dialect, everybody...), c.path("results.json")
	r := c.run("users", "import", roster, "--yes", "--max-failures", "1", "--concurrency", "1", "--results", results, "-o", "json")
	if _, err := os.Stat(results); err == nil { // else it sent nothing, and there is no run of it
		check(c.t, os.Remove(results))
		r = c.run("runs", "resume", "last", "--yes", "-o", "json")
	}
	c.judge("resume", len(everybody), c.read(r, results))
}

func (c *operationCell) updateOne() {
	c.judge("update KEY", 1, c.row("users", "update", person(2), "--field", c.changed()+"="+renamed, "--yes"))
}

func (c *operationCell) updateSome() {
	key := strings.Join(c.key, ".")
	for _, field := range c.fields {
		if slices.Equal(field.Wire, c.key) {
			key = field.Name
		}
	}
	d := c.with([]string{key, c.changed()}, func(n int) []string { return []string{person(n), renamed} })
	roster := c.rosterFor(d, 1, 2, 3, nobody)
	c.judge("update by roster", 4, c.rows("users", "update", "--roster", roster, "--yes", "--max-failures", "0", "--before", c.path("before.csv")))
}

func (c *operationCell) deleteSome() {
	roster := c.rosterFor(c.dialect, 1, 2, 3, nobody)
	c.judge("delete by roster", 4, c.rows("users", "delete", "--roster", roster, "--yes", "--max-failures", "0"))
}

func (c *operationCell) deactivateOne() {
	c.judge("deactivate KEY", 1, c.row("users", "deactivate", person(2), "--yes"))
}

func (c *operationCell) deactivateSome() {
	roster := c.rosterFor(c.dialect, 1, 2, 3, nobody)
	c.judge("deactivate by roster", 4, c.rows("users", "deactivate", "--roster", roster, "--yes", "--max-failures", "0"))
}

func (c *operationCell) activateOne() {
	c.judge("activate KEY", 1, c.row("users", "activate", person(2), "--yes"))
}

func (c *operationCell) activateSome() {
	roster := c.rosterFor(c.dialect, 1, 2, 3, nobody)
	c.judge("activate by roster", 4, c.rows("users", "activate", "--roster", roster, "--yes", "--max-failures", "0"))
}

func (c *operationCell) passwordOne() {
	file := c.path("one.csv")
	v := c.row("users", "password", person(2), "--generate", "--credentials", file, "--yes")
	c.judge("password KEY", 1, v)
	c.keeps(file, v)
}

func (c *operationCell) passwordSome() {
	file := c.path("some.csv")
	v := c.rows("users", "password", "--roster", c.rosterFor(c.dialect.withoutPasswords(), 1, 2, 3, nobody), "--generate",
		"--credentials", file, "--yes", "--max-failures", "0")
	c.judge("password by roster", 4, v)
	c.keeps(file, v)
}

// keeps holds that the file has the passwords of those people, and of nobody else, whose password is set or perhaps set.
func (c *operationCell) keeps(file string, v verdicts) {
	c.t.Helper()
	kept, want := map[string]bool{}, map[string]bool{}
	text, err := os.ReadFile(file)
	if !os.IsNotExist(err) {
		check(c.t, err)
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		check(c.t, err)
		for _, row := range rows[1:] {
			kept[row[1]] = true
		}
	}
	for _, row := range v.rows {
		if row.State == "updated" || row.State == "unknown" {
			want[row.Key] = true
		}
	}
	if !maps.Equal(kept, want) {
		c.t.Errorf("the file has the passwords of %v, and %v have them\n%s", kept, want, v.result)
	}
}

func (c *operationCell) addToGroups() { c.changeGroups("groups add", "add", "added", true) }

func (c *operationCell) removeFromGroups() {
	c.changeGroups("groups remove", "remove", "removed", false)
}

// changeGroups adds three people and one who does not exist to two groups, or removes them, and compares what it says with
// the members afterwards.
func (c *operationCell) changeGroups(name, verb, done string, joins bool) {
	d := c.with([]string{"userName", "groups"}, func(n int) []string { return []string{person(n), "Engineering;Sales"} })
	v := c.rows("users", "groups", verb, "--roster", c.rosterFor(d, 1, 2, 3, nobody), "--yes", "--max-failures", "0")
	c.judge(name, 8, v)
	ids := map[string]string{}
	for key, user := range c.users() {
		ids[key] = user.ID
	}
	for _, group := range exampleGroups()[:2] {
		want, unclear, members := map[string]bool{}, map[string]bool{}, c.members(group)
		for _, n := range c.operation.members {
			want[ids[person(n)]] = true
		}
		for _, row := range v.rows {
			switch id := ids[strings.ToLower(row.Key)]; {
			case row.Group != group:
			case row.State == done, row.State == "unchanged":
				want[id] = joins
			case row.State == "unknown":
				unclear[id] = true
			}
		}
		for key, id := range ids {
			if !unclear[id] && (members[id] > 0) != want[id] && c.fault.Name() != sandbox.FaultLeave {
				c.t.Errorf("%s is in group %s: %v, want %v\n%s\n%+v", key, group, members[id] > 0, want[id], v.result, v.rows)
			}
		}
	}
}

func (c *operationCell) undo() {
	c.judge("undo", oldPeople, c.rows("runs", "undo", "last", "--yes", "--max-failures", "0"))
}

// sync makes the provider match a roster in which the first person is missing and two others differ.
func (c *operationCell) sync() {
	columns := c.fields.Names()
	at := slices.Index(columns, c.changed())
	if at < 0 {
		at, columns = len(columns), append(columns, c.changed())
	}
	d := c.with(columns, func(n int) []string {
		cells := append(c.dialect.row(n), "")[:len(columns)]
		if n == 2 || n == 3 {
			cells[at] = renamed
		}
		return cells
	})
	people := []int{2, 3, oldPeople, stranger, stranger + 1, stranger + 2, newPeople}
	v := c.rows("users", "sync", c.rosterFor(d, people...), "--leavers", "delete", "--scope", "all", "--max-leavers", "1", "--yes", "--max-failures", "0", "--before", c.path("before.csv"))
	rows := len(people)
	if slices.ContainsFunc(v.rows, func(row verdict) bool { return strings.EqualFold(row.Key, person(1)) }) {
		rows++ // the leaver was treated
	}
	c.judge("sync", rows, v)
	missed := []sandbox.Fault{sandbox.FaultLeave, sandbox.FaultLag} // such a list may lack the leaver, who then stays
	if _, stayed := c.users()[person(1)]; stayed && v.result.status == failure.StatusOK && !slices.Contains(missed, c.fault.Name()) {
		c.t.Errorf("exit status 0, and the leaver is there\n%s", v.result)
	}
}

func (c *operationCell) verify() {
	roster := c.rosterFor(c.dialect, 1, 2, 3, oldPeople, stranger, nobody)
	c.judge("verify", stranger+1, c.rows("users", "verify", roster))
}

// A verdict is what the program says of one row.
type verdict struct {
	Key, State, ID, Error, Group string
	NotStored                    []string `json:"not_stored"`
}

// verdicts are those of a command.
type verdicts struct {
	result result
	rows   []verdict
}

// rows runs a command about a roster.
func (c *operationCell) rows(args ...string) verdicts {
	c.t.Helper()
	results := c.path("results.json")
	_ = os.Remove(results) // of an earlier command
	return c.read(c.run(append(args, "--results", results, "-o", "json")...), results)
}

// read reads what a command about a roster says of its rows. A command that has
// ended before its first row, in an error, says nothing of any.
func (c *operationCell) read(r result, results string) verdicts {
	c.t.Helper()
	v := verdicts{result: r}
	text, err := os.ReadFile(results)
	if os.IsNotExist(err) && r.status != failure.StatusOK {
		return v
	}
	check(c.t, err)
	check(c.t, json.Unmarshal(text, &v.rows))
	return v
}

// row runs a command about the second person.
func (c *operationCell) row(args ...string) verdicts {
	c.t.Helper()
	r := c.run(append(args, "-o", "json")...)
	var one verdict
	if err := json.Unmarshal([]byte(r.stdout), &one); err != nil {
		c.t.Fatalf("%v\n%s", err, r)
	}
	switch {
	case one.State != "":
	case r.status == failure.StatusUnknown:
		one.State = "unknown"
	default:
		one.State = "failed"
	}
	one.Key = person(2)
	return verdicts{r, []verdict{one}}
}

// judge compares what a command says with what the provider holds, and adds to the
// score of the operation.
func (c *operationCell) judge(name string, rows int, v verdicts) {
	c.t.Helper()
	c.connections.over()
	c.hostile.Settle()
	sum := hostileScore{cells: 1}
	if c.hostile.Stats(c.name).Faults[c.fault.Name()] > 0 {
		sum.met = 1
	}
	defer func() { hostileProven.add(name, sum) }()
	broken := func(count *int, format string, args ...any) {
		c.t.Helper()
		*count++
		c.t.Errorf("%s: %s\n%s", name, fmt.Sprintf(format, args...), v.result)
	}

	twice, err := c.store.Duplicates(c.t.Context(), c.name)
	check(c.t, err)
	for _, user := range twice {
		broken(&sum.second, "second account: %+v", user)
	}
	after := c.users()
	meant := c.operation
	if len(v.rows) == 0 && name != "import again" && name != "resume" { // those follow a command that may have sent something
		meant.creates, meant.touches = nil, nil
	}
	c.others(name, meant, after, &sum, broken)

	if len(v.rows) != rows && (len(v.rows) > 0 || v.result.status == failure.StatusOK) {
		broken(&sum.other, "%d rows of %d are accounted for", len(v.rows), rows)
	}
	if len(v.rows) == 0 {
		sum.refused++
	}
	for _, row := range v.rows {
		user, there := after[strings.ToLower(row.Key)]
		was, wasThere := c.before[strings.ToLower(row.Key)]
		switch row.State {
		case "created":
			if !there || wasThere {
				broken(&sum.other, "%+v, and the user exists: %v, before: %v", row, there, wasThere)
			}
		case "existing", "same", "differs", "unchanged", "added", "removed":
			if !there && c.fault.Name() != sandbox.FaultLeave {
				broken(&sum.other, "%+v, and there is no such user", row)
			}
		case "deleted", "absent", "missing", "gone":
			if there {
				broken(&sum.absent, "%+v, and the user is there", row)
			}
		case "failed":
			if there != wasThere && c.fault.Name() != sandbox.FaultLeave || !bytes.Equal(user.Document, was.Document) {
				broken(&sum.failed, "%+v, and it was done: %s became %s", row, was.Document, user.Document)
			}
		case "updated":
			if c.operation.passwords { // no provider shows one, but it shows that the user was changed
				if !there || bytes.Equal(user.Document, was.Document) {
					broken(&sum.other, "%+v, and the provider has %s as before", row, user.Document)
				}
				break
			}
			if !there || !strings.Contains(string(user.Document), renamed) && !slices.Contains(row.NotStored, c.changed()) {
				broken(&sum.other, "%+v, and the provider has %s", row, user.Document)
			}
		case "deactivated":
			if !there || !inactive(user) {
				broken(&sum.other, "%+v, and the provider has %s", row, user.Document)
			}
		case "activated":
			if !there || inactive(user) {
				broken(&sum.other, "%+v, and the provider has %s", row, user.Document)
			}
		case "unknown", "unchecked":
			sum.unknown++
		case "not tried", "not_tried", "not found", "not_found":
		default:
			broken(&sum.other, "status %q is not known to this test", row.State)
		}
		if good := []string{"created", "existing", "same", "unchanged", "deleted", "absent", "updated", "deactivated", "activated", "added", "removed"}; v.result.status == failure.StatusOK && !slices.Contains(good, row.State) {
			broken(&sum.other, "exit status 0 with %+v", row)
		}
	}
}

// inactive reports whether a user is deactivated, in the documented words.
func inactive(user sandbox.User) bool {
	var members struct {
		Active *bool
		State  string
	}
	if json.Unmarshal(user.Document, &members) != nil {
		return false
	}
	return members.Active != nil && !*members.Active || members.State == "inactive"
}

// others holds that nobody was created, changed or removed but those who were meant.
func (c *operationCell) others(name string, meant operation, after map[string]sandbox.User, sum *hostileScore, broken func(count *int, format string, args ...any)) {
	c.t.Helper()
	mayCreate, mayTouch := map[string]bool{}, map[string]bool{}
	for _, n := range meant.creates {
		mayCreate[person(n)] = true
	}
	for _, n := range meant.touches {
		mayTouch[person(n)] = true
	}
	left := 0
	if c.fault.Name() == sandbox.FaultLeave {
		left = 1 // one user in all, whoever it is
	}
	for _, key := range slices.Sorted(maps.Keys(c.before)) {
		was := c.before[key]
		user, there := after[key]
		switch {
		case mayTouch[key], there && user.ID == was.ID && bytes.Equal(user.Document, was.Document):
		case !there && left > 0:
			left--
		case key == person(stranger) && name == "undo":
			broken(&sum.undone, "the user of somebody else was %s, and is %s", was.Document, user.Document)
		default:
			broken(&sum.wrong, "%s was %s, and is %s", key, was.Document, user.Document)
		}
	}
	for key, user := range after {
		if _, wasThere := c.before[key]; !wasThere && !mayCreate[key] {
			broken(&sum.wrong, "%s was created: %s", key, user.Document)
		}
	}
}

// A sample is the create of the first person, as usher sends it.
type sample struct {
	path, body string
	header     http.Header
}

// sampler takes a sample at each provider once. It is safe for concurrent use.
type sampler struct {
	mu sync.Mutex
	by map[string]sample
}

// samples serves all cells of this run.
var samples = &sampler{by: map[string]sample{}}

func (s *sampler) of(t testing.TB, d dialect) (sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if taken, found := s.by[d.name]; found {
		return taken, nil
	}
	at := newStage(t, d, sandbox.Options{})
	var taken sample
	recorder := &recorder{next: at.witness.server(), person: person(1), taken: &taken}
	at.witness.leadTo(recorder)
	if r := at.run("users", "import", at.roster(1), "--yes"); r.status != failure.StatusOK || taken.body == "" {
		return sample{}, fmt.Errorf("no create was seen\n%s", r)
	}
	s.by[d.name] = taken
	return taken, nil
}

// recorder notes the create of a person.
type recorder struct {
	next   http.Handler
	person string
	taken  *sample
}

func (r *recorder) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(request.Body) // a body that is cut off names nobody
	if request.Method == http.MethodPost && strings.Contains(body.String(), r.person) {
		*r.taken = sample{path: request.URL.Path, body: body.String(), header: request.Header.Clone()}
	}
	request.Body = io.NopCloser(&body)
	r.next.ServeHTTP(answer, request)
}

// hostileScore is what was measured for one operation of the hostile provider.
type hostileScore struct {
	cells, met                                   int // cells, and those in which a request met the fault
	second, wrong, failed, absent, undone, other int
	unknown                                      int // rows
	refused                                      int // commands that ended in an error before their first row
}

// hostileScores gathers what the cells measure. It is safe for concurrent use.
type hostileScores struct {
	mu sync.Mutex
	by map[string]hostileScore
}

func (s *hostileScores) add(name string, more hostileScore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.by[name]
	sum.cells += more.cells
	sum.met += more.met
	sum.second += more.second
	sum.wrong += more.wrong
	sum.failed += more.failed
	sum.absent += more.absent
	sum.undone += more.undone
	sum.other += more.other
	sum.unknown += more.unknown
	sum.refused += more.refused
	s.by[name] = sum
}

func (s *hostileScores) of(name string) hostileScore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[name]
}

// rows are those of the table in docs/reliability.md, none if nothing was measured.
func (s *hostileScores) rows() [][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) == 0 {
		return nil
	}
	rows := [][]string{{"operation", "cells", "fault met", "second accounts", "wrong accounts", "*failed* that were done", "*absent* that exist", "others' users undone", "other", "rows unknown", "ended before a row"}}
	for _, name := range []string{"create", "import", "import again", "resume", "update KEY", "update by roster", "delete KEY", "delete by roster", "deactivate KEY", "deactivate by roster", "activate KEY", "activate by roster", "password KEY", "password by roster", "groups add", "groups remove", "undo", "sync", "verify"} {
		sum := s.by[name]
		row := []string{name}
		for _, n := range []int{sum.cells, sum.met, sum.second, sum.wrong, sum.failed, sum.absent, sum.undone, sum.other, sum.unknown, sum.refused} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}

// hostileProven is what the cells of this run have measured. TestMain prints it.
var hostileProven = &hostileScores{by: map[string]hostileScore{}}
