package sandbox

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
)

// A chance is a fault with its probability.
type chance struct {
	fault       Fault
	probability float64
}

// dice draw faults, each with its probability.
type dice struct {
	writes []chance         // of ScopeWrite, in the order of KnownFaults
	others map[Fault]chance // of the other scopes, by name
	seed   uint64

	mu     sync.Mutex
	random *rand.Rand
}

// newDice returns new dice that repeat themselves for the same seed, unless it is 0.
func newDice(faults Faults, seed uint64) *dice {
	if seed == 0 {
		seed = rand.Uint64()
	}
	d := &dice{others: map[Fault]chance{}, seed: seed, random: rand.New(rand.NewPCG(seed, seed))}
	for _, kind := range faultKinds() {
		fault, probability, found := faults.named(kind.fault)
		switch {
		case !found:
		case kind.scope == ScopeWrite:
			d.writes = append(d.writes, chance{fault, probability})
		default:
			d.others[kind.fault] = chance{fault, probability}
		}
	}
	return d
}

// draw returns the fault for the response to the next write, or "".
func (d *dice) draw() Fault {
	if len(d.writes) == 0 {
		return ""
	}
	point := d.point()
	for _, c := range d.writes {
		if point < c.probability {
			return c.fault
		}
		point -= c.probability
	}
	return ""
}

// hits draws one fault by its name and returns it with its parameter.
func (d *dice) hits(name Fault) (Fault, bool) {
	c, possible := d.others[name]
	if !possible || d.point() >= c.probability {
		return "", false
	}
	return c.fault, true
}

// marks is hits for one user: the response for an id never changes.
func (d *dice) marks(name Fault, id string) (Fault, bool) {
	c, possible := d.others[name]
	if !possible {
		return "", false
	}
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%d %s", d.seed, id) // a hash accepts everything
	const steps = 1 << 20
	return c.fault, float64(hash.Sum64()%steps) < c.probability*steps
}

func (d *dice) point() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.Float64()
}

// injectFault injects a fault into a create, a change or a delete. It runs the operation only if the fault's description has
// the request carried out.
func (s *Server) injectFault(fault Fault, d *dialect, req *request, run func() answer) reply {
	if plain, after := strings.CutSuffix(string(fault), "-after"); after && fault != Fault202After {
		run()
		return s.fail(Fault(plain), d)
	}
	switch fault.Name() {
	case "":
		return reply{answer: run()}
	case FaultSlow:
		if !s.pause(s.options.SlowFor) {
			return reply{ending: hangUp}
		}
		return reply{answer: run()}
	case FaultLostReply:
		return reply{answer: run(), ending: hangUp}
	case FaultLate:
		delays, _ := readDurations(fault.Parameter()) // checked by New
		return reply{ending: hangUp, afterwards: func() {
			if s.pause(delays[0]) {
				run()
			}
		}}
	case FaultTruncated:
		return onSuccess(run(), func(a answer) reply { return reply{answer: a, ending: cutShort} })
	case FaultGarbage:
		return onSuccess(run(), func(a answer) reply { return reply{answer: gatewayPage(a.status)} })
	case FaultEmpty:
		return onSuccess(run(), func(a answer) reply { return reply{answer: emptied(a, fault.Parameter(), d, req)} })
	case FaultOneID:
		return onSuccess(run(), func(a answer) reply { return reply{answer: s.withFirstID(a, d, req)} })
	case Fault202After:
		return onSuccess(run(), func(a answer) reply {
			a.status = http.StatusAccepted
			return reply{answer: a}
		})
	default:
		return s.fail(fault, d)
	}
}

// fail returns the outcome of a fault that carries nothing out.
func (s *Server) fail(fault Fault, d *dialect) reply {
	switch fault {
	case FaultReset:
		return reply{ending: reset}
	case Fault202:
		return reply{answer: jsonAnswer(http.StatusAccepted, struct{}{})}
	case Fault302:
		page := gatewayPage(http.StatusFound)
		page.setHeader("Location", "https://login.example.com/sign-in")
		return reply{answer: page}
	case FaultSignIn:
		return reply{answer: signInPage()}
	case Fault502:
		return reply{answer: gatewayPage(http.StatusBadGateway)}
	case Fault503:
		return reply{answer: d.refuse(refuseFor(1, http.StatusServiceUnavailable, "injected overload"))}
	case Fault429:
		return reply{answer: d.refuse(refuseFor(1, http.StatusTooManyRequests, "injected rate limit"))}
	case Fault401:
		return reply{answer: d.refuse(expired("injected expiry of the credentials"))}
	case Fault408:
		return reply{answer: d.refuse(refuse(http.StatusRequestTimeout, "injected timeout"))}
	case Fault425:
		return reply{answer: d.refuse(refuse(http.StatusTooEarly, "injected refusal of early data"))}
	default: // Fault500; New accepts no other name
		return reply{answer: d.refuse(refuse(http.StatusInternalServerError, "injected failure"))}
	}
}

// onSuccess changes a successful response and leaves a refusal unchanged.
func onSuccess(a answer, spoil func(answer) reply) reply {
	if !a.succeeded() {
		return reply{answer: a}
	}
	return spoil(a)
}

// gatewayPage is a response of something between the client and the provider.
func gatewayPage(status int) answer {
	page := answer{status: status, raw: "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>\n"}
	page.setHeader("Content-Type", "text/html")
	return page
}

// signInPage is the response of a captive portal or an expired session.
func signInPage() answer {
	page := answer{status: http.StatusOK, raw: "<html><head><title>Sign in</title></head><body><form></form></body></html>\n"}
	page.setHeader("Content-Type", "text/html; charset=utf-8")
	return page
}

// expired returns a problem of status 401 for a token that was valid once.
func expired(message string) *problem {
	p := unauthorized(message)
	p.code = codeExpired
	return p
}

// dropConnection closes the connection at once, before the handler returns. It
// reports whether that is possible.
func dropConnection(w http.ResponseWriter) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// resetConnection closes the connection with a TCP RST. If that is not possible, it just closes it.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0) // the close that follows ends the connection in any case
	}
	_ = conn.Close()
}
