package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Fault names one way in which the answer to a create goes wrong. A change of a
// user is struck in the same way.
type Fault string

// The faults. Those that end in -after, lost-reply, truncated and garbage strike
// when the user has been made; slow delays a request that is otherwise served; all
// others strike before anything is made.
const (
	FaultLostReply  Fault = "lost-reply"
	FaultReset      Fault = "reset"
	FaultResetAfter Fault = "reset-after"
	Fault500        Fault = "500"
	Fault500After   Fault = "500-after"
	Fault502        Fault = "502"
	Fault503        Fault = "503"
	Fault429        Fault = "429"
	Fault401        Fault = "401"
	FaultSlow       Fault = "slow"
	FaultTruncated  Fault = "truncated"
	FaultGarbage    Fault = "garbage"
)

// KnownFaults lists all faults in the order in which they are shown.
func KnownFaults() []Fault {
	return []Fault{
		FaultLostReply, FaultReset, FaultResetAfter, Fault500, Fault500After, Fault502, Fault503, Fault429,
		Fault401, FaultSlow, FaultTruncated, FaultGarbage,
	}
}

// Help says in one line what the client of a create sees, and whether the user was
// made. It is empty for an unknown fault.
func (f Fault) Help() string {
	switch f {
	case FaultLostReply:
		return "the user is made and the connection closes without an answer"
	case FaultReset:
		return "the connection is reset and nothing is made"
	case FaultResetAfter:
		return "the user is made and the connection is reset"
	case Fault500:
		return "status 500 and nothing is made"
	case Fault500After:
		return "the user is made and the status is 500"
	case Fault502:
		return "status 502 with a gateway's HTML page, and nothing is made"
	case Fault503:
		return "status 503 with Retry-After: 1, and nothing is made"
	case Fault429:
		return "status 429 with Retry-After: 1, and nothing is made"
	case Fault401:
		return "status 401 as for expired credentials, and nothing is made"
	case FaultSlow:
		return "the user is made and answered, late"
	case FaultTruncated:
		return "the user is made and the answer stops in the middle"
	case FaultGarbage:
		return "the user is made and the answer is not JSON"
	}
	return ""
}

// Faults gives each fault its probability, between 0 and 1. At most one strikes a
// request, so that they add up to 1 or less.
type Faults map[Fault]float64

// ParseFault reads NAME=PROBABILITY, such as lost-reply=0.01.
func ParseFault(text string) (Fault, float64, error) {
	name, number, found := strings.Cut(text, "=")
	if !found {
		return "", 0, fmt.Errorf("fault %q: want NAME=PROBABILITY, such as %s=0.01", text, FaultLostReply)
	}
	fault := Fault(name)
	if err := fault.validate(); err != nil {
		return "", 0, err
	}
	probability, err := strconv.ParseFloat(number, 64)
	if err != nil || !isProbability(probability) {
		return "", 0, fmt.Errorf("fault %s: %q is not a probability: want a number between 0 and 1, such as 0.01", fault, number)
	}
	return fault, probability, nil
}

// ParseFaults reads several faults in the form of [ParseFault], each of them once.
func ParseFaults(texts []string) (Faults, error) {
	faults := Faults{}
	for _, text := range texts {
		fault, probability, err := ParseFault(text)
		if err != nil {
			return nil, err
		}
		if _, twice := faults[fault]; twice {
			return nil, fmt.Errorf("fault %s is given twice", fault)
		}
		faults[fault] = probability
	}
	return faults, faults.Validate()
}

// Validate refuses unknown names, values that are no probabilities, and a sum
// above 1.
func (f Faults) Validate() error {
	var sum float64
	for _, fault := range KnownFaults() { // in this order, so that the sum does not depend on the map's
		probability := f[fault]
		if !isProbability(probability) {
			return fmt.Errorf("fault %s: %v is not a probability: want a number between 0 and 1", fault, probability)
		}
		sum += probability
	}
	for fault := range f {
		if err := fault.validate(); err != nil {
			return err
		}
	}
	const roundingError = 1e-9
	if sum > 1+roundingError {
		return fmt.Errorf("the probabilities of the faults add up to %.4g: want 1 or less, because at most one strikes a request", sum)
	}
	return nil
}

func (f Fault) validate() error {
	known := KnownFaults()
	if slices.Contains(known, f) {
		return nil
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fmt.Errorf("unknown fault %q: known are %s", string(f), strings.Join(names, ", "))
}

// isProbability is written so that it refuses what is not a number.
func isProbability(p float64) bool { return p >= 0 && p <= 1 }
