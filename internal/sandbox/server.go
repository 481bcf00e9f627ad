package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bring-aboard/usher/internal/describe"
)

// Options make the sandbox slower, stricter or less reliable. The zero value is a
// fast server without faults.
type Options struct {
	// Latency is added to every API request.
	Latency time.Duration
	// RateLimit is the number of API requests a second that each provider accepts,
	// 0 for no limit. One above it gets 429 with Retry-After in whole seconds.
	RateLimit float64
	// Faults are injected into requests of their [Scope].
	Faults Faults
	// SlowFor is the delay of the fault slow; 0 means two seconds.
	SlowFor time.Duration
	// TokenLifetime is how long an access token of the Evolution dialect is
	// accepted; 0 means one hour.
	TokenLifetime time.Duration
	// Seed makes the faults repeatable; 0 means a random one.
	Seed uint64
	// AllowDuplicates allows the same natural key to be created any number of times, so that a test finds every user
	// that was sent twice with [Store.Duplicates]. The SCIM dialect then declares a userName that is not unique.
	AllowDuplicates bool
	// PageSize is the maximum size of a page; 0 means the provider's own.
	PageSize int
	// Tenants separates the users of each credential: of each bearer token, or of the client or user that a token was
	// issued to.
	Tenants bool
	// Tokens are the credentials that are accepted: bearer tokens, and the secrets for
	// which tokens are issued. If it is empty, any credential is accepted.
	Tokens []string
	// Described are the names of the described providers that the server has as well, and Describe returns the
	// description of one of them. It is called when the first request for it arrives.
	Described []string
	Describe  func(name string) (*describe.Description, error)
	// Log receives one line for every request: method, path, status, fault and duration, and no header, query or body.
	// Calls do not overlap.
	Log func(line string)
}

// validate returns an error for invalid options.
func (o Options) validate() error {
	switch {
	case o.Latency < 0 || o.SlowFor < 0 || o.TokenLifetime < 0:
		return errors.New("sandbox: durations must not be negative")
	case math.IsNaN(o.RateLimit) || math.IsInf(o.RateLimit, 0) || o.RateLimit < 0:
		return fmt.Errorf("rate limit %v: must be requests per second, or 0 for no limit", o.RateLimit)
	}
	if o.PageSize < 0 {
		return fmt.Errorf("page size %d: must be 0 or more", o.PageSize)
	}
	return o.Faults.Validate()
}

// A Server implements the APIs of all providers. It is an [http.Handler]; [Start] serves it on a loopback address.
type Server struct {
	options  Options
	backend  *backend
	dialects []dialect
	limiters map[string]*rate.Limiter // by provider; nil without a limit
	bounding sync.Mutex               // of limiters
	pause    func(time.Duration) bool // false if the server ends meanwhile

	holding  sync.Mutex
	late     int        // requests that are carried out after their connections have closed; under holding
	carried  *sync.Cond // on holding: late has fallen
	issuing  sync.Mutex
	firstIDs map[string]string // of FaultOneID, by provider; under issuing

	describing sync.Mutex
	described  map[string]*dialect // by name, of those that requests came for; under describing

	logging sync.Mutex
	release sync.Once
	ended   chan struct{}
}

// New returns a new server that stores its users in the store. The caller closes the store, after the server.
func New(store *Store, options Options) (*Server, error) {
	if err := options.validate(); err != nil {
		return nil, err
	}
	if options.SlowFor == 0 {
		options.SlowFor = 2 * time.Second
	}
	if options.TokenLifetime == 0 {
		options.TokenLifetime = time.Hour
	}
	b := newBackend(store, options)
	s := &Server{
		options: options, backend: b, dialects: dialects(b),
		firstIDs: map[string]string{}, described: map[string]*dialect{}, ended: make(chan struct{}),
	}
	s.carried = sync.NewCond(&s.holding)
	s.pause = s.sleep
	if options.RateLimit > 0 {
		s.limiters = map[string]*rate.Limiter{}
	}
	return s, nil
}

// Stats returns the counts of one provider's requests since the server was created. They are zero for an unknown
// provider.
func (s *Server) Stats(provider string) Stats { return s.backend.tally.read(provider) }

// ServeHTTP handles one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.backend.now()
	d, err := s.dialect(r.URL.EscapedPath())
	if d == nil && err == nil {
		s.signpost(w, r)
		return
	}
	var out reply
	if err != nil {
		out.answer = jsonAnswer(http.StatusInternalServerError, map[string]string{"message": "the description cannot be used"})
	} else {
		out = s.exchange(d, w, r)
	}
	s.logRequest(r, out, s.backend.now().Sub(began))
	out.deliver(w)
}

// dialect returns the dialect of a path, nil if there is none.
func (s *Server) dialect(path string) (*dialect, error) {
	for i := range s.dialects {
		if strings.HasPrefix(path, s.dialects[i].prefix+"/") {
			return &s.dialects[i], nil
		}
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !slices.Contains(s.options.Described, name) {
		return nil, nil
	}
	s.describing.Lock()
	defer s.describing.Unlock()
	if known := s.described[name]; known != nil {
		return known, nil
	}
	description, err := s.options.Describe(name)
	if err != nil {
		return nil, err
	}
	made := described(s.backend, description)
	s.described[name] = &made
	return &made, nil
}

// exchange passes a request through the checks that all providers share, to the operation and back.
func (s *Server) exchange(d *dialect, w http.ResponseWriter, r *http.Request) reply {
	t, err := d.match(r)
	if err != nil {
		return reply{answer: d.refuse(err)}
	}
	req, err := readRequest(w, r)
	if err != nil {
		return reply{answer: d.refuse(err)}
	}
	if !s.pause(s.options.Latency) {
		return reply{ending: hangUp}
	}
	if wait := s.overLimit(d.provider); wait > 0 {
		s.backend.tally.add(d.provider, func(n *Stats) { n.RateLimited++ })
		return reply{answer: d.refuse(refuseFor(wait, http.StatusTooManyRequests, "rate limit exceeded"))}
	}
	e := s.newEpisode(d, t, req)
	req.Request = req.WithContext(context.WithValue(req.Context(), episodeKey{}, e))
	if !t.does.writes() {
		if fault, hit := s.misread(t.does); hit {
			s.backend.tally.struck(d.provider, fault)
			return reply{answer: misreading(fault), fault: fault}
		}
		return reply{answer: serve(d, t, req)}
	}
	fault := s.backend.dice.draw()
	if fault.Missing(d.provider) != "" {
		fault = ""
	}
	s.backend.tally.received(d.provider, fault, t.does == creates)
	out := s.injectFault(fault, d, req, func() answer {
		a := e.show(serve(d, t, req))
		for _, struck := range e.struck {
			s.backend.tally.struck(d.provider, struck)
		}
		return a
	})
	out.fault = fault
	if out.afterwards != nil {
		out.afterwards = s.holdBack(out.afterwards)
	}
	return out
}

// Settle returns when every request that [FaultLate] holds back has been carried out, or dropped because the server
// ended.
func (s *Server) Settle() {
	s.holding.Lock()
	defer s.holding.Unlock()
	for s.late > 0 {
		s.carried.Wait()
	}
}

// holdBack counts a request as late until it has run.
func (s *Server) holdBack(run func()) func() {
	count := func(change int) {
		s.holding.Lock()
		defer s.holding.Unlock()
		s.late += change
		s.carried.Broadcast()
	}
	count(1)
	return func() {
		defer count(-1)
		run()
	}
}

// misread draws the fault for the response to a read.
func (s *Server) misread(does deed) (Fault, bool) {
	var names []Fault
	switch does {
	case lists:
		names = []Fault{FaultLookup404, FaultLookupSignIn}
	case readsOne:
		names = []Fault{FaultItem404, FaultLookupSignIn}
	}
	for _, name := range names {
		if fault, hit := s.backend.dice.hits(name); hit {
			return fault, true
		}
	}
	return "", false
}

// serve runs the operation, or returns the refusal.
func serve(d *dialect, t *route, req *request) answer {
	a, err := attempt(d, t, req)
	if err != nil {
		return d.refuse(err)
	}
	return a
}

// attempt checks credentials and query, and runs the operation.
func attempt(d *dialect, t *route, req *request) (a answer, err error) {
	if !t.open {
		if err := d.authenticate(req); err != nil {
			return answer{}, err
		}
		if err := d.admit(req.bearer()); err != nil {
			return answer{}, err
		}
	}
	if req.query, err = parseQuery(req.URL.RawQuery, t.query); err != nil {
		return answer{}, err
	}
	return t.serve(req)
}

// overLimit counts one request against the provider's limit, and returns 0 or the whole seconds after which the next
// one is accepted.
func (s *Server) overLimit(provider string) int {
	if s.limiters == nil {
		return 0
	}
	s.bounding.Lock()
	limiter := s.limiters[provider]
	if limiter == nil {
		burst := max(1, int(math.Min(s.options.RateLimit, math.MaxInt32)))
		limiter = rate.NewLimiter(rate.Limit(s.options.RateLimit), burst)
		s.limiters[provider] = limiter
	}
	s.bounding.Unlock()
	now := s.backend.now()
	reservation := limiter.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now)
	}
	return int(math.Ceil(delay.Seconds()))
}

// signpost handles addresses outside the providers' prefixes: with their base URLs at the root, and with 404 and the
// same list elsewhere.
func (s *Server) signpost(w http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	text.WriteString("usher sandbox: no real provider is behind this address.\n\n")
	for _, name := range append(Providers(), s.options.Described...) {
		fmt.Fprintf(&text, "%-10s %s\n", name, BaseURL("http://"+r.Host, name))
	}
	a := answer{status: http.StatusOK, raw: text.String()}
	a.setHeader("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Path != "/" {
		a.status = http.StatusNotFound
	}
	out := reply{answer: a}
	s.logRequest(r, out, 0)
	out.deliver(w)
}

// logRequest logs one request. The path is escaped, so that it cannot break the line; query and headers are omitted
// because they may contain secrets.
func (s *Server) logRequest(r *http.Request, out reply, took time.Duration) {
	line := fmt.Sprintf("%s %s %s %s", r.Method, r.URL.EscapedPath(), out.describe(), took.Round(time.Microsecond))
	s.log(line)
}

func (s *Server) log(line string) {
	if s.options.Log == nil {
		return
	}
	s.logging.Lock()
	defer s.logging.Unlock()
	s.options.Log(line)
}

// sleep waits for a duration and returns true, or false if the server ends first. It does not end with the client: a
// slow provider continues a request whose client has given up.
func (s *Server) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ended:
		return false
	}
}

// end drops the requests that are being held back.
func (s *Server) end() { s.release.Do(func() { close(s.ended) }) }
