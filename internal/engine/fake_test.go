package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// fate is what a server does with one create.
type fate struct {
	kind  fateKind
	after time.Duration // what a busy server asks for; 0 for nothing
}

type fateKind int

const (
	made fateKind = iota
	lostBefore
	lostAfter
	error500Before
	error500After
	garbled
	crashes // in the adapter, when the answer is there
	slowly
	turnedAway
	unsent
	invalid
	forbidden
	denied
	sameExists
	otherExists
	fateKinds
	ambiguous // a status that also means a taken value; not drawn at random
)

// event is a request that left.
type event struct {
	key  string
	find bool
	at   time.Time
}

// server is a provider whose truth is known. It documents no look-up; with
// [findingServer] it does.
type server struct {
	journal *memory
	latency time.Duration
	lag     time.Duration // of the look-up behind the writes
	unique  bool          // a second create of a key is refused
	findErr error         // that every look-up gets
	onEvent func(n int)   // called with every request, counted from 1
	told    func()        // called before a create answers

	mu         sync.Mutex
	fates      map[string][]fate // by key, one for each create
	findFails  map[string]int    // by key, how many look-ups fail
	before     map[string]bool   // others made them, and a create is refused
	earlier    map[string]bool   // an earlier run made them
	commits    map[string][]time.Time
	lost       map[string]bool // an answer about them was lost
	taken      map[string]bool // a value of theirs was another user's
	events     []event
	findErrors int
	batches    []int // the size of each
	inFlight   int
	peak       int
	pauseFrom  time.Time
	pauseUntil time.Time
	stopped    time.Time // nothing may leave after it; zero for no such time
	violations []string
}

type findingServer struct{ *server }

func newServer() *server {
	s := &server{
		journal: newMemory(), latency: 10 * time.Millisecond, unique: true,
		fates: map[string][]fate{}, findFails: map[string]int{}, before: map[string]bool{}, earlier: map[string]bool{},
		commits: map[string][]time.Time{}, lost: map[string]bool{}, taken: map[string]bool{},
	}
	s.journal.isLost = func(key string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.lost[key]
	}
	s.journal.isMade = func(key string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.commits[key]) > 0
	}
	return s
}

// client gives the server with or without a look-up.
func (s *server) client(finds bool) provider.Client {
	if finds {
		return findingServer{s}
	}
	return s
}

func (s *server) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	user, err := s.create(ctx, record)
	s.respond(err)
	return user, err
}

// respond judges what leaves from now on by what the client is told: nothing may
// leave once the credentials were refused, or in a pause.
func (s *server) respond(err error) {
	switch class := provider.ClassOf(err); {
	case class == provider.Denied && !isForbidden(err):
		s.stop()
	case class == provider.Busy:
		s.pause(retryAfter(err))
	}
}

func (s *server) create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	key := record.Text("email")
	user := provider.User{ID: "id-" + key, Key: key}
	defer s.depart(s.arrive(event{key: key}))
	if s.told != nil {
		defer s.told()
	}
	if err := ctx.Err(); err != nil {
		return provider.User{}, &provider.Error{Class: provider.Unsent, Op: op, Err: err}
	}
	what, exists := s.decide(key)
	failure := func(class provider.Class, status int) error {
		return &provider.Error{Class: class, Op: op, Status: status, Detail: "no luck with " + key, RetryAfter: what.after}
	}
	wait := s.latency
	if what.kind == slowly {
		wait = 20 * time.Second
	}
	if what.kind != unsent && sleep(ctx, wait) != nil {
		return provider.User{}, failure(provider.Unknown, 0)
	}
	switch what.kind {
	case lostBefore, lostAfter:
		return provider.User{}, failure(provider.Unknown, 0)
	case error500Before, error500After:
		return provider.User{}, failure(provider.Unknown, http.StatusInternalServerError)
	case garbled:
		return provider.User{}, provider.BadResponse(op, http.StatusCreated, errors.New("no JSON object"))
	case crashes:
		panic("secret of " + record.Text("email"))
	case turnedAway:
		return provider.User{}, failure(provider.Busy, http.StatusTooManyRequests)
	case unsent:
		return provider.User{}, failure(provider.Unsent, 0)
	case invalid:
		return provider.User{}, failure(provider.Invalid, http.StatusBadRequest)
	case forbidden:
		return provider.User{}, failure(provider.Denied, http.StatusForbidden)
	case denied:
		return provider.User{}, failure(provider.Denied, http.StatusUnauthorized)
	case sameExists, otherExists:
		return provider.User{}, failure(provider.Conflict, http.StatusConflict)
	case ambiguous:
		return provider.User{}, &provider.Error{Class: provider.Conflict, Ambiguous: true, Op: "create the user", Status: http.StatusUnprocessableEntity}
	}
	if exists {
		return provider.User{}, failure(provider.Conflict, http.StatusConflict)
	}
	return user, nil
}

// CreateBatch has every record meet its own fate. The answer comes when the last
// of them is through.
func (s *server) CreateBatch(ctx context.Context, records []schema.Record) []provider.BatchResult {
	s.mu.Lock()
	s.batches = append(s.batches, len(records))
	s.mu.Unlock()
	results := make([]provider.BatchResult, len(records))
	var (
		working sync.WaitGroup
		crashed atomic.Bool
	)
	for i, record := range records {
		working.Go(func() {
			results[i].User, results[i].Err = recovered("create the user", func() (provider.User, error) { return s.create(ctx, record) })
			if results[i].Err != nil && strings.Contains(results[i].Err.Error(), "defect of usher") {
				crashed.Store(true)
			}
		})
	}
	working.Wait()
	if crashed.Load() { // nobody hears what became of the others
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, record := range records {
			s.lost[record.Text("email")] = true
		}
		panic("secret of the batch")
	}
	for _, result := range results { // only now is it known
		s.respond(result.Err)
	}
	return results
}

// BatchSize is not for the engine: who runs it knows.
func (s *server) BatchSize(context.Context) (int, error) { return len(s.fates), nil }

// decide takes the next fate of a key and commits what it commits.
func (s *server) decide(key string) (what fate, exists bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fates := s.fates[key]; len(fates) > 0 {
		what, s.fates[key] = fates[0], fates[1:]
	}
	exists = s.before[key] || s.unique && (s.earlier[key] || len(s.commits[key]) > 0)
	switch what.kind {
	case lostBefore, error500Before:
		s.lost[key] = true
	case made, lostAfter, error500After, garbled, crashes, slowly:
		s.lost[key] = s.lost[key] || what.kind != made && what.kind != slowly
		if !exists {
			s.commits[key] = append(s.commits[key], time.Now())
		}
	case sameExists:
		s.before[key] = true
	case otherExists:
		s.taken[key] = true
	}
	return what, exists
}

func (s findingServer) Find(ctx context.Context, key string) (provider.User, error) {
	const op = "look the user up"
	defer s.depart(s.arrive(event{key: key, find: true}))
	if err := sleep(ctx, s.latency); err != nil {
		return provider.User{}, &provider.Error{Class: provider.Unknown, Op: op, Err: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.findErr != nil {
		s.findErrors++
		if provider.ClassOf(s.findErr) == provider.Denied && !isForbidden(s.findErr) {
			s.stopped = time.Now()
		}
		return provider.User{}, s.findErr
	}
	if s.findFails[key] > 0 {
		s.findFails[key]--
		s.findErrors++
		return provider.User{}, &provider.Error{Class: provider.Unknown, Op: op, Status: http.StatusBadGateway}
	}
	if key == bystander || s.before[key] || s.earlier[key] || len(s.commits[key]) > 0 && time.Since(s.commits[key][0]) >= s.lag {
		return provider.User{ID: "id-" + key, Key: key}, nil
	}
	return provider.User{}, &provider.Error{Class: provider.NotFound, Op: op, Absence: provider.AbsenceDocumented}
}

// bystander is a user who always exists, and whom no run is about.
const bystander = "bystander@example.com"

// List yields the bystander, by whom a look-up can show that it finds people.
func (s findingServer) List(context.Context, map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		yield(provider.User{ID: "id-" + bystander, Key: bystander}, nil)
	}
}

// ListRequests is [provider.Lister].
func (s findingServer) ListRequests(context.Context) (int, error) { return 1, nil }

// arrive notes a request and judges whether it was allowed to leave.
func (s *server) arrive(e event) event {
	state := s.journal.stateOfKey(e.key)
	s.mu.Lock()
	e.at = time.Now()
	s.events = append(s.events, e)
	s.inFlight++
	s.peak = max(s.peak, s.inFlight)
	if e.at.After(s.pauseFrom) && e.at.Before(s.pauseUntil) {
		s.violate("%q left in a pause", e.key)
	}
	if !s.stopped.IsZero() && e.at.After(s.stopped) {
		s.violate("%q left %s after the stop", e.key, e.at.Sub(s.stopped))
	}
	if !e.find && state != sentState {
		s.violate("%q left while the journal said %q", e.key, state)
	}
	n := len(s.events)
	s.mu.Unlock()
	if s.onEvent != nil {
		s.onEvent(n)
	}
	return e
}

func (s *server) depart(event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
}

func (s *server) pause(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if !now.Before(s.pauseUntil) {
		s.pauseFrom = now
	}
	if until := now.Add(d); until.After(s.pauseUntil) {
		s.pauseUntil = until
	}
}

// stop says that nothing may leave from now on.
func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped.IsZero() {
		s.stopped = time.Now()
	}
}

func (s *server) violate(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// creates counts the creates of a key that left; of all keys for "".
func (s *server) creates(key string) (n int) {
	for _, e := range s.events {
		if !e.find && (key == "" || e.key == key) {
			n++
		}
	}
	return n
}

// lookUps counts the look-ups, but for those of the bystander.
func (s *server) lookUps() (n int) {
	for _, e := range s.events {
		if e.find && e.key != bystander {
			n++
		}
	}
	return n
}

// itemOf makes an item whose line is not its row.
func itemOf(row int, key string) Item {
	return Item{Row: row, Line: row + 1, Key: key, Record: schema.Record{"email": key}, Absent: evidence.ByList}
}

// itemsOf makes an item for each key.
func itemsOf(keys ...string) []Item {
	items := make([]Item, len(keys))
	for i, key := range keys {
		items[i] = itemOf(i+1, key)
	}
	return items
}

// numbered makes n items.
func numbered(n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = itemOf(i+1, fmt.Sprintf("user%d@example.com", i+1))
	}
	return items
}

func sequence(items []Item) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// reports collects outcomes in the order in which they come.
type reports struct {
	all []Result
	err error
}

func (r *reports) byKey(key string) (found Result, ok bool) {
	at := slices.IndexFunc(r.all, func(o Result) bool { return o.Key == key })
	if at < 0 {
		return found, false
	}
	return r.all[at], true
}

func (r *reports) count(state rowstate.State) (n int) {
	for _, o := range r.all {
		if o.State == state {
			n++
		}
	}
	return n
}

// perform runs the items and collects what is reported.
func perform(ctx context.Context, drain <-chan struct{}, s *server, finds bool, items []Item, options Options) *reports {
	r := &reports{}
	options.Report = func(o Result) { r.all = append(r.all, o) }
	r.err = Run(ctx, drain, creating(s.client(finds)), s.journal, sequence(items), options)
	return r
}

// creating is the operation that creates users by a client.
func creating(client provider.Client) Operation {
	op := Operation{
		Name: "create the user", Done: rowstate.Created, Already: rowstate.Existing,
		Do: func(ctx context.Context, item Item) (provider.User, error) { return client.Create(ctx, item.Record) },
	}
	if batcher, ok := provider.As[provider.Batcher](client); ok {
		op.DoBatch = func(ctx context.Context, items []Item) []provider.BatchResult {
			records := make([]schema.Record, len(items))
			for i, item := range items {
				records[i] = item.Record
			}
			return batcher.CreateBatch(ctx, records)
		}
	}
	if finder, ok := provider.As[provider.Finder](client); ok {
		op.Confirm = func(ctx context.Context, item Item) (provider.User, error) { return finder.Find(ctx, item.Key) }
	}
	if lister, ok := provider.As[provider.Lister](client); ok {
		op.List = func(ctx context.Context) iter.Seq2[provider.User, error] { return lister.List(ctx, nil) }
	}
	return op
}

// following is what follows from the response to a create.
func following(err error) step { return (&run{op: creating(newServer())}).follow(err) }
