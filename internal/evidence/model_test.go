package evidence

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The model explores every run of one user in a world of its own, against the
// same functions that the engine calls: a provider that delays, lags, rewrites,
// filters blindly, loses and answers what affirms nothing; a sender that crashes
// and is interrupted and started again; another administrator. What goes otherwise
// than usual is a deviation, and every run with so many of them is tried.

const (
	tick        = 10 * time.Second
	settleTicks = int(DefaultSettleAfter / tick)
	anHour      = 360
	// deviations is how much may go wrong in one run; the long form allows one more.
	deviations = 4
)

// world is a provider.
type world struct {
	name      string
	lookup    bool // it documents a lookup
	enforced  bool // it refuses a second user at the moment of writing
	noCheck   bool // the administrator wants no lookup before the first request
	exists    bool // the user exists before
	special   bool // the key has characters that need escapes
	blind     bool // its lookup never finds such a key
	capped    bool // its list is never complete
	hopeless  bool // it lags for ever: only users who were created later show it, and no crash may hide them
	rewritten bool // it stores the key in another form, and finds it under that alone
	lag       [2]int
}

func worlds() []world {
	lagging := [2]int{1, 3}
	return []world{
		{name: "plain", lookup: true},
		{name: "lagging", lookup: true, lag: lagging},
		{name: "one replica lags beyond the time", lookup: true, lag: [2]int{0, 99}},
		{name: "lags beyond the time", lookup: true, lag: [2]int{99, 99}, hopeless: true},
		{name: "special key", lookup: true, special: true},
		{name: "special key, capped list", lookup: true, special: true, capped: true},
		{name: "blind to the key", lookup: true, special: true, blind: true},
		{name: "blind to the key, capped list", lookup: true, special: true, blind: true, capped: true},
		{name: "rewritten key", lookup: true, special: true, rewritten: true},
		{name: "rewritten key, capped list", lookup: true, special: true, rewritten: true, capped: true},
		{name: "exists", lookup: true, exists: true},
		{name: "exists, unchecked, enforced", lookup: true, exists: true, noCheck: true, enforced: true},
		{name: "unchecked", lookup: true, noCheck: true},
		{name: "enforced", lookup: true, enforced: true},
		{name: "enforced, lagging", lookup: true, enforced: true, lag: [2]int{3, 3}},
		{name: "enforced, blind", lookup: true, enforced: true, special: true, blind: true},
		{name: "no lookup"},
		{name: "no lookup, enforced", enforced: true},
		{name: "no lookup, enforced, exists", enforced: true, exists: true},
	}
}

// rules are what a variant of the sender leaves out; the zero value leaves out
// nothing.
type rules struct {
	noWait, askBefore, noControl, noRoute, oneLook   bool
	answeredIsLost, emptyIsLost, any404              bool
	conflictFails, foundIsOurs, ledgerClock, allSure bool
}

// script decides what happens at each point of a run, and goes through all of them.
type script struct {
	choices, arity []int
	at, spent      int
	budget         int
}

// pick returns one of n ways; all but the first are deviations.
func (s *script) pick(n int) int {
	if s.at == len(s.choices) {
		s.choices, s.arity = append(s.choices, 0), append(s.arity, n)
		if s.spent == s.budget {
			s.arity[s.at] = 1
		}
	}
	choice := s.choices[s.at]
	s.at++
	if choice > 0 {
		s.spent++
	}
	return choice
}

// next goes to the next run; it is false after the last.
func (s *script) next() bool {
	s.at, s.spent = 0, 0
	for len(s.choices) > 0 {
		last := len(s.choices) - 1
		if s.choices[last]+1 < s.arity[last] {
			s.choices[last]++
			return true
		}
		s.choices, s.arity = s.choices[:last], s.arity[:last]
	}
	return false
}

type account struct {
	key  string
	ours bool
	made int
}

// row is what the ledger has of the user.
type row struct {
	state  string // "", sent, created, existing, failed, unknown
	doubt  Doubt
	absent Absent
	sends  int
	first  int
	ended  int // of the last request, by the clock of the ledger
}

// run is one run of the model.
type run struct {
	*script
	world
	rules

	now, jump int // jump is what the wall clock is ahead
	accounts  []account
	late      []account // made at a time to come
	replica   int
	row       row
	affirmed  bool // a response said so, and the sender lived to record it
	log       []string
}

const (
	userPlain   = "ada@example.com"
	userSpecial = "Ada+1@example.com"
	ownForm     = "ada 1@example.com"
	other       = "bystander@example.com"
)

// laterIn is the user who is created after the user in the process that starts at
// a time.
func laterIn(start int) string { return fmt.Sprintf("later%d@example.com", start) }

func (r *run) note(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf("%4d ", r.now)+fmt.Sprintf(format, args...))
}

func (r *run) key() string {
	if r.special {
		return userSpecial
	}
	return userPlain
}

// stored is the key as the provider has it.
func (r *run) stored() string {
	if r.rewritten {
		return ownForm
	}
	return r.key()
}

func (r *run) pass(ticks int) {
	r.now += ticks
	left := r.late[:0]
	for _, a := range r.late {
		if a.made > r.now {
			left = append(left, a)
			continue
		}
		if !r.enforced || r.living(a.key) == 0 {
			r.accounts = append(r.accounts, a)
		}
	}
	r.late = left
}

func (r *run) living(key string) (n int) {
	for _, a := range r.accounts {
		if a.key == key {
			n++
		}
	}
	return n
}

// create is the provider's response to a create of the user.
func (r *run) create() error {
	taken := r.enforced && r.living(r.stored()) > 0
	lost := &provider.Error{Class: provider.Unknown}
	conflict := &provider.Error{Class: provider.Conflict, Status: 409}
	make := func(after int) {
		a := account{key: r.stored(), ours: true, made: r.now + after}
		if after > 0 {
			r.late = append(r.late, a)
		} else if !taken {
			r.accounts = append(r.accounts, a)
		}
	}
	switch r.pick(7) {
	case 1:
		r.note("created, response lost")
		make(0)
		return lost
	case 2:
		r.note("not created, no response")
		return lost
	case 3:
		late := max(1, settleTicks-min(settleTicks, max(r.lag[0], r.lag[1]))-1)
		if r.enforced { // time does not matter
			late = settleTicks - 1
		}
		r.note("no response, created %d later", late)
		make(late)
		return lost
	case 4:
		r.note("202, created late")
		make(2 * settleTicks)
		return &provider.Error{Class: provider.Unknown, Status: 202, Answered: true}
	case 5:
		r.note("429")
		return &provider.Error{Class: provider.Busy, Status: 429}
	case 6:
		r.note("201 without a body")
		if taken {
			return conflict
		}
		make(0)
		r.affirmed = true
		if r.emptyIsLost {
			return lost
		}
		return nil
	default:
		if taken {
			r.note("409")
			return conflict
		}
		make(0)
		r.note("created")
		return nil
	}
}

// find is the provider's response to a lookup.
func (r *run) find(key string) (*account, error) {
	r.replica = 1 - r.replica
	switch r.pick(3) {
	case 1:
		r.note("lookup of %s: 404 of a gateway", key)
		return nil, &provider.Error{Class: provider.NotFound, Status: 404}
	case 2:
		r.note("lookup of %s: no response", key)
		return nil, &provider.Error{Class: provider.Unknown}
	}
	for i, a := range r.accounts {
		if a.key == key && a.made+r.lag[r.replica] <= r.now && !(r.blind && traitsOf(key) != trait{}) {
			r.note("lookup of %s: found", key)
			return &r.accounts[i], nil
		}
	}
	r.note("lookup of %s: nobody", key)
	return nil, &provider.Error{Class: provider.NotFound, Absence: provider.AbsenceDocumented}
}

// unlisted reports whether a complete list lacks the user's key.
func (r *run) unlisted() bool {
	if r.capped {
		return false
	}
	for _, a := range r.accounts {
		if Skeleton(a.key) == Skeleton(r.key()) && a.made+r.lag[0] <= r.now {
			return false
		}
	}
	return true
}

// isAbsent reports whether a response says that nobody is there.
func (r *run) isAbsent(err error) bool {
	if r.any404 {
		return provider.ClassOf(err) == provider.NotFound
	}
	return provider.AbsenceOf(err) == provider.AbsenceDocumented
}

// process is one run of the sender, which may crash; then it is true.
func (r *run) process() (crashed bool) {
	start, inProcess := r.now, false
	route := Route{}.Found(other)
	if r.row.state == "created" || r.row.state == "existing" {
		return false
	}
	if r.row.doubt == NoDoubt {
		r.row = row{}
		if r.lookup && !r.noCheck {
			user, err := r.find(r.key())
			switch {
			case user != nil:
				r.row.state = "existing"
				return false
			case !r.isAbsent(err):
				return false // not tried
			}
			r.row.absent = ByLookup
		}
		if r.send(&route, &inProcess) {
			return true
		}
	}
	control := NoControl
	if r.lookup && r.row.doubt != NoDoubt && (r.hopeless || r.pick(2) == 0) { // another user is created later
		r.accounts = append(r.accounts, account{key: laterIn(start), made: r.now})
		control = Visible
	}
	return r.settle(start, &inProcess, &route, control)
}

// send sends the create; it is true if the sender crashes.
func (r *run) send(route *Route, inProcess *bool) (crashed bool) {
	for {
		before := r.row
		if r.row.first == 0 {
			r.row.first = r.now + 1
		}
		r.row.state, r.row.sends, r.row.doubt = "sent", r.row.sends+1, r.row.doubt.After(Lost)
		if r.pick(2) == 1 {
			r.note("crash before the request")
			return true
		}
		err := r.create()
		if !provider.IsAnswered(err) && !r.hopeless && r.pick(2) == 1 {
			r.note("crash after the request")
			r.affirmed = false
			r.row.ended = r.now + r.jump
			return true
		}
		*inProcess = true
		r.row.ended = r.now + r.jump
		reply := ReplyOf(err)
		if reply == Answered && r.answeredIsLost {
			reply = Lost
		}
		doubt := before.doubt
		switch reply {
		case Affirmed:
			*route = route.Stored(r.key(), r.stored())
			r.row.state, r.row.doubt = "created", NoDoubt
			return false
		case NotProcessed, NotSent:
			r.row = before
			r.row.first = max(before.first, 0)
			continue
		case Taken:
			user, lookup := r.find(r.key())
			if !r.lookup {
				user, lookup = nil, nil
			}
			outcome := AfterConflict(doubt, r.lookup, lookup, true)
			if r.conflictFails && outcome == IsUnknown {
				outcome = IsOther
			}
			switch outcome {
			case IsUser:
				r.exists(*route, user, doubt)
			case IsOther:
				r.row.state, r.row.doubt = "failed", NoDoubt
			default:
				r.row.state = "unknown"
				r.row.doubt = doubt
			}
			return false
		default:
			r.row.state, r.row.doubt = "unknown", doubt.After(reply)
			return false
		}
	}
}

// exists ends the row with a user who was found.
func (r *run) exists(route Route, user *account, doubt Doubt) {
	r.row.state = "existing"
	if doubt != NoDoubt {
		proved := r.row.absent.Proves(route, r.key())
		if r.foundIsOurs {
			proved = true
		}
		if user != nil && OwnerOf(proved, time.Time{}, time.Time{}) == Ours {
			r.row.state = "created"
		}
	}
	r.row.doubt = NoDoubt
}

// settle settles a doubt as far as it can; it is true if the sender crashes.
func (r *run) settle(start int, inProcess *bool, route *Route, control Control) (crashed bool) {
	for r.row.doubt != NoDoubt && r.row.state != "failed" {
		c := Case{Doubt: r.row.doubt, Sends: r.row.sends, SettleAfter: DefaultSettleAfter, Lookup: r.lookup, Asked: -1}
		if r.enforced {
			c.Unique = provider.UniqueEnforced
		} else if r.allSure {
			c.Unique = provider.UniqueEnforced
		}
		if r.noWait {
			c.SettleAfter = 0
		}
		since := r.row.ended
		if !*inProcess {
			since = start
			if r.ledgerClock {
				since = r.row.ended - r.jump // the wall clock was set
			}
		}
		c.Since = time.Duration(r.now-since) * tick
		asked := time.Duration(-1)
		if r.lookup {
			user, err := r.find(r.key())
			if user != nil {
				*route = route.Found(r.key())
				r.exists(*route, user, r.row.doubt)
				return false
			}
			if r.askBefore && r.isAbsent(err) {
				asked = 0
			}
		}
		c.Asked = asked
		if step := c.Next(); step == Wait || step == Look && r.askBefore {
			switch r.pick(5) {
			case 1:
				r.note("interrupted")
				return false
			case 2:
				r.note("crash while waiting")
				return true
			case 3:
				if r.enforced {
					r.note("another administrator creates the user")
					if r.living(r.stored()) == 0 {
						r.accounts = append(r.accounts, account{key: r.stored(), made: r.now})
					}
				}
			case 4:
				r.note("another administrator deletes the user")
				r.remove(r.stored())
			}
			r.pass(max(0, settleTicks-(r.now-since)))
			c.Since = time.Duration(r.now-since) * tick
		}
		if c.Lookup && c.Next() != Leave {
			if control == Visible && !r.noControl {
				if user, _ := r.find(laterIn(start)); user == nil {
					control = Invisible
				}
			}
			if !r.askBefore && !r.absentNow(route) {
				return false
			}
			if !r.askBefore {
				asked = 0
			}
		}
		c.Asked = asked
		if r.askBefore && asked >= 0 {
			c.Asked = 0
		}
		if !r.noControl {
			c.Control = control
		}
		if c.Next() != Resend {
			r.row.state = "unknown"
			return false
		}
		r.note("sent again")
		if r.send(route, inProcess) {
			return true
		}
		if r.row.state == "failed" || r.row.state == "created" || r.row.state == "existing" {
			return false
		}
	}
	return false
}

// absentNow looks the user up before a second request; it is false if that does
// not prove absence, and ends the row if it finds them.
func (r *run) absentNow(route *Route) bool {
	looks := LooksBeforeResend
	if r.oneLook {
		looks = 1
	}
	for range looks {
		user, err := r.find(r.key())
		if user != nil {
			*route = route.Found(r.key())
			r.exists(*route, user, r.row.doubt)
			return false
		}
		if !r.isAbsent(err) {
			r.row.state = "unknown"
			return false
		}
	}
	if !r.noRoute && !route.CanProve(r.key(), r.unlisted()) {
		r.row.state = "unknown"
		return false
	}
	return true
}

func (r *run) remove(key string) {
	left := r.accounts[:0]
	for _, a := range r.accounts {
		if a.key != key {
			left = append(left, a)
		}
	}
	r.accounts = left
}

// play plays one run and returns what it broke, "" for nothing.
func play(s *script, w world, variant rules) (broken string, log []string) {
	r := &run{script: s, world: w, rules: variant, now: 1, accounts: []account{{key: other}}}
	if w.exists {
		r.accounts = append(r.accounts, account{key: r.stored()})
	}
	for range 3 {
		if !r.process() {
			if r.row.doubt == NoDoubt || r.pick(2) == 0 {
				break
			}
			r.note("run again")
		}
		switch r.pick(3) { // when the next process starts
		case 0:
			r.pass(anHour)
		case 1:
			r.pass(1)
		default:
			r.pass(1)
			r.jump += anHour
			r.note("the clock is set ahead")
		}
	}
	r.pass(2 * anHour)
	ours := 0
	for _, a := range r.accounts {
		if a.key == r.stored() && a.ours {
			ours++
		}
	}
	removed := false
	for _, line := range r.log {
		removed = removed || line[5:] == "another administrator deletes the user"
	}
	switch all := r.living(r.stored()); {
	case all > 1:
		return "a second account", r.log
	case r.affirmed && r.row.state != "created":
		return "affirmed, and not created", r.log
	case r.row.state == "failed" && ours > 0:
		return "failed, and exists", r.log
	case r.row.state == "created" && ours == 0 && !removed && !(w.enforced && all > 0):
		return "created, and does not exist", r.log
	case r.row.state == "created" && ours == 0 && w.exists && !removed:
		return "somebody else's user counts as created", r.log
	}
	return "", nil
}

// explore plays all runs of a world, and returns the first that broke something.
func explore(w world, variant rules, budget int) (runs int, broken string, log []string) {
	s := &script{budget: budget}
	for {
		runs++
		if broken, log = play(s, w, variant); broken != "" {
			return runs, broken, log
		}
		if !s.next() {
			return runs, "", nil
		}
	}
}

// In no world, whatever goes wrong, is there a second account, or a wrong word
// about one.
func TestTheRulesHoldInEveryWorld(t *testing.T) {
	t.Parallel()
	budget := deviations
	if os.Getenv("USHER_LONG") != "" {
		budget++
	}
	total := 0
	for _, w := range worlds() {
		runs, broken, log := explore(w, rules{}, budget)
		total += runs
		if broken != "" {
			t.Errorf("%s: %s, in run %d:", w.name, broken, runs)
			for _, line := range log {
				t.Log(line)
			}
		}
	}
	if total < 10_000 {
		t.Errorf("only %d runs were played", total)
	}
	t.Logf("%d runs in %d worlds, with %d deviations at most", total, len(worlds()), budget)
}

// Without any one of the rules, there is a second account, or a wrong word.
func TestEveryRuleIsNeeded(t *testing.T) {
	t.Parallel()
	for name, variant := range map[string]rules{
		"the wait before a second request":             {noWait: true},
		"absence is asked after the wait":              {askBefore: true},
		"users who were created later must be visible": {noControl: true},
		"the route must be able to find such a key":    {noRoute: true},
		"three lookups":                                       {oneLook: true},
		"what was answered is never sent again":               {answeredIsLost: true},
		"a good status without a body affirms":                {emptyIsLost: true},
		"a 404 alone proves nothing":                          {any404: true},
		"a conflict of a row in doubt is unknown":             {conflictFails: true},
		"a user who was found is ours only if absence proved": {foundIsOurs: true},
		"the time of an earlier doubt counts from the start":  {ledgerClock: true},
		"only enforced uniqueness stands in for a lookup":     {allSure: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range worlds() {
				if _, broken, _ := explore(w, variant, deviations); broken != "" {
					return
				}
			}
			t.Error("without this rule nothing breaks in any world")
		})
	}
}
