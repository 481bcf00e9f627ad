package sandbox

import (
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
)

// dice draw faults, each with its probability.
type dice struct {
	faults Faults

	mu     sync.Mutex
	random *rand.Rand
}

// newDice makes dice that repeat themselves for the same seed, unless it is 0.
func newDice(faults Faults, seed uint64) *dice {
	if seed == 0 {
		seed = rand.Uint64()
	}
	return &dice{faults: faults, random: rand.New(rand.NewPCG(seed, seed))}
}

// draw returns the fault for the next create or change, or "".
func (d *dice) draw() Fault {
	if len(d.faults) == 0 {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	point := d.random.Float64()
	for _, fault := range KnownFaults() {
		if point < d.faults[fault] {
			return fault
		}
		point -= d.faults[fault]
	}
	return ""
}

// strike answers a create or a change with a fault. It runs where the fault's
// description says that the user is made, and nowhere else.
func (s *Server) strike(fault Fault, d *dialect, create func() answer) outcome {
	switch fault {
	case "":
		return outcome{answer: create()}
	case FaultSlow:
		if !s.pause(s.options.SlowFor) {
			return outcome{ending: hangUp}
		}
		return outcome{answer: create()}
	case FaultLostReply:
		return outcome{answer: create(), ending: hangUp}
	case FaultReset:
		return outcome{ending: reset}
	case FaultResetAfter:
		return outcome{answer: create(), ending: reset}
	case FaultTruncated:
		return onSuccess(create(), func(a answer) outcome { return outcome{answer: a, ending: cutShort} })
	case FaultGarbage:
		return onSuccess(create(), func(a answer) outcome { return outcome{answer: gatewayPage(a.status)} })
	case Fault500After:
		create()
		return outcome{answer: d.refuse(refuse(http.StatusInternalServerError, "rehearsed failure"))}
	case Fault502:
		return outcome{answer: gatewayPage(http.StatusBadGateway)}
	case Fault503:
		return outcome{answer: d.refuse(refuseFor(1, http.StatusServiceUnavailable, "rehearsed overload"))}
	case Fault429:
		return outcome{answer: d.refuse(refuseFor(1, http.StatusTooManyRequests, "rehearsed rate limit"))}
	case Fault401:
		return outcome{answer: d.refuse(expired("rehearsed expiry of the credentials"))}
	default: // Fault500; New accepts no other name
		return outcome{answer: d.refuse(refuse(http.StatusInternalServerError, "rehearsed failure"))}
	}
}

// onSuccess spoils a successful answer and leaves a refusal as it is.
func onSuccess(a answer, spoil func(answer) outcome) outcome {
	if !a.succeeded() {
		return outcome{answer: a}
	}
	return spoil(a)
}

// gatewayPage is an answer of something between the client and the provider.
func gatewayPage(status int) answer {
	page := answer{status: status, raw: "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>\n"}
	page.setHeader("Content-Type", "text/html")
	return page
}

// expired makes a problem of status 401 for a token that was valid once.
func expired(message string) *problem {
	p := unauthorized(message)
	p.code = codeExpired
	return p
}

// resetConnection closes the connection with a TCP RST. Where that is not
// possible, it just closes it.
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
