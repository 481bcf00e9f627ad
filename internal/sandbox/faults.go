package sandbox

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Fault is one way in which a request fails, or in which the server differs from its documentation: NAME, or
// NAME:PARAMETER for a parameter other than the default, such as late:8s.
type Fault string

// The faults whose names are those of responses. At most one of them is injected into a request that creates, changes
// or deletes a user. Those that end in -after carry the request out and then respond in the same way.
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
	FaultLate       Fault = "late"
	FaultEmpty      Fault = "empty"
	FaultOneID      Fault = "one-id"
	Fault202        Fault = "202"
	Fault202After   Fault = "202-after"
	Fault302        Fault = "302"
	Fault302After   Fault = "302-after"
	Fault408        Fault = "408"
	Fault408After   Fault = "408-after"
	Fault425        Fault = "425"
	Fault425After   Fault = "425-after"
	Fault503After   Fault = "503-after"
	FaultSignIn     Fault = "sign-in"
)

// The faults of what is stored. Each is drawn independently and can be combined with any other.
const (
	FaultLag     Fault = "lag"
	FaultRewrite Fault = "rewrite"
	FaultDrop    Fault = "drop"
)

// The faults of requests that read users. Each is drawn independently.
const (
	FaultLookup404    Fault = "lookup-404"
	FaultItem404      Fault = "item-404"
	FaultLookupSignIn Fault = "lookup-sign-in"
	FaultCapped       Fault = "capped"
	FaultLeave        Fault = "leave"
	FaultTotalMore    Fault = "total-more"
	FaultTotalFewer   Fault = "total-fewer"
)

// A Scope is the kind of request that a fault is injected into.
type Scope int

// The scopes. Their order is that of [KnownFaults].
const (
	ScopeWrite Scope = iota + 1 // the response to a create, a change or a delete; at most one fault a request
	ScopeStore                  // what a create or a change stores
	ScopeRead                   // the response to a lookup or a list
)

// A faultKind is the description of a fault.
type faultKind struct {
	fault     Fault
	scope     Scope
	parameter parameter
	help      string
	// missing maps a provider to the reason why it does not have the fault.
	missing map[string]string
}

// faultKinds lists all faults in the order in which they are shown and drawn.
func faultKinds() []faultKind {
	const (
		noReads  = "no lookup and no list is documented"
		noPages  = "the list is not paged"
		noTotals = "no total is documented"
		keyIsID  = "the natural key is the id"
	)
	none := map[string]string(nil)
	noLookup := map[string]string{ejentoProvider: noReads}
	return []faultKind{
		{FaultLostReply, ScopeWrite, noParameter(), "user created; connection closed without a response", none},
		{FaultReset, ScopeWrite, noParameter(), "connection reset; nothing created", none},
		{FaultResetAfter, ScopeWrite, noParameter(), "user created; connection reset", none},
		{Fault500, ScopeWrite, noParameter(), "status 500; nothing created", none},
		{Fault500After, ScopeWrite, noParameter(), "user created; status 500", none},
		{Fault502, ScopeWrite, noParameter(), "status 502 with a gateway's HTML page; nothing created", none},
		{Fault503, ScopeWrite, noParameter(), "status 503 with Retry-After: 1; nothing created", none},
		{Fault429, ScopeWrite, noParameter(), "status 429 with Retry-After: 1; nothing created", none},
		{Fault401, ScopeWrite, noParameter(), "status 401 as for expired credentials; nothing created", none},
		{FaultSlow, ScopeWrite, noParameter(), "user created; response delayed", none},
		{FaultTruncated, ScopeWrite, noParameter(), "user created; response truncated", none},
		{FaultGarbage, ScopeWrite, noParameter(), "user created; response is not JSON", none},
		{FaultLate, ScopeWrite, oneDuration("8s"), "connection closed without a response; user created 8s later", none},
		{FaultEmpty, ScopeWrite, oneOfWords("documented", "bare", "location", "content-location"),
			"user created; response without a body", none},
		{FaultOneID, ScopeWrite, noParameter(), "user created; every response has the id of the first",
			map[string]string{evolutionProvider: keyIsID}},
		{Fault202, ScopeWrite, noParameter(), "status 202 with an empty object; nothing created", none},
		{Fault202After, ScopeWrite, noParameter(), "user created; status 202", none},
		{Fault302, ScopeWrite, noParameter(), "status 302 to a login page; nothing created", none},
		{Fault302After, ScopeWrite, noParameter(), "user created; status 302 to a login page", none},
		{Fault408, ScopeWrite, noParameter(), "status 408; nothing created", none},
		{Fault408After, ScopeWrite, noParameter(), "user created; status 408", none},
		{Fault425, ScopeWrite, noParameter(), "status 425; nothing created", none},
		{Fault425After, ScopeWrite, noParameter(), "user created; status 425", none},
		{Fault503After, ScopeWrite, noParameter(), "user created; status 503 with Retry-After: 1", none},
		{FaultSignIn, ScopeWrite, noParameter(), "status 200 with an HTML login page; nothing created", none},

		{FaultLag, ScopeStore, durations("5s"),
			"reads find the user 5s later; 0s,5s: two replicas in turn", noLookup},
		{FaultRewrite, ScopeStore, oneOfWords("lower", "upper", "phone", "gmail"),
			"the key is stored in another form: lower, upper, phone, gmail", none},
		{FaultDrop, ScopeStore, fieldNames(),
			"fields are accepted and not stored; default: one a provider", none},

		{FaultLookup404, ScopeRead, oneOfWords("text", "json"),
			"lookups and lists get a gateway's 404: text or json",
			noLookup},
		{FaultItem404, ScopeRead, oneOfWords("text", "json"), "reading one user gets a gateway's 404: text or json", noLookup},
		{FaultLookupSignIn, ScopeRead, noParameter(), "lookups and lists get status 200 with an HTML login page", noLookup},
		{FaultCapped, ScopeRead, number("50"), "lists end after 50 users, and totals say the same", noLookup},
		{FaultLeave, ScopeRead, number("1"), "the first user leaves before a further page; 1 user in all",
			map[string]string{ejentoProvider: noReads, suluProvider: noPages}},
		{FaultTotalMore, ScopeRead, number("1"), "the total of a list is too large by 1",
			map[string]string{ejentoProvider: noReads, suluProvider: noTotals, oryProvider: noTotals}},
		{FaultTotalFewer, ScopeRead, number("1"), "the total of a list is too small by 1",
			map[string]string{ejentoProvider: noReads, suluProvider: noTotals, oryProvider: noTotals}},
	}
}

// KnownFaults returns the names of all faults in the order in which they are shown.
func KnownFaults() []Fault {
	var known []Fault
	for _, kind := range faultKinds() {
		known = append(known, kind.fault)
	}
	return known
}

// Documented yields the faults of a scope in the order in which they are shown, each with its response and what happens
// to the user, in one line.
func Documented(scope Scope) iter.Seq2[Fault, string] {
	return func(yield func(Fault, string) bool) {
		for _, kind := range faultKinds() {
			if kind.scope == scope && !yield(kind.fault, kind.help) {
				return
			}
		}
	}
}

// With returns the fault with a parameter other than its default.
func (f Fault) With(parameter string) Fault { return f.Name() + ":" + Fault(parameter) }

// Name returns the fault without its parameter.
func (f Fault) Name() Fault {
	name, _, _ := strings.Cut(string(f), ":")
	return Fault(name)
}

// Parameter returns the parameter, or the default. It is empty for a fault without one.
func (f Fault) Parameter() string {
	if _, given, found := strings.Cut(string(f), ":"); found {
		return given
	}
	kind, _ := f.kind()
	return kind.parameter.standard
}

// Help returns in one line the response of the fault, and what happens to the user. It is empty for an unknown fault.
func (f Fault) Help() string {
	kind, _ := f.kind()
	return kind.help
}

// Scope returns the kind of request that the fault is injected into, 0 for an
// unknown fault.
func (f Fault) Scope() Scope {
	kind, _ := f.kind()
	return kind.scope
}

// Missing returns the reason why a provider does not have the fault, "" if it has it. The reason does not depend on the
// parameter.
func (f Fault) Missing(provider string) string {
	kind, _ := f.kind()
	return kind.missing[provider]
}

// kind returns the description of a fault with any parameter.
func (f Fault) kind() (faultKind, bool) {
	for _, kind := range faultKinds() {
		if kind.fault == f.Name() {
			return kind, true
		}
	}
	return faultKind{}, false
}

// Faults maps each fault to its probability, between 0 and 1. At most one fault of
// [ScopeWrite] is injected into a request, so that theirs add up to 1 or less.
type Faults map[Fault]float64

// ParseFault reads NAME=PROBABILITY or NAME:PARAMETER=PROBABILITY, such as
// lost-reply=0.01 or late:8s=0.2.
func ParseFault(text string) (Fault, float64, error) {
	name, number, found := strings.Cut(text, "=")
	if !found {
		return "", 0, fmt.Errorf("fault %q: must be NAME=PROBABILITY, for example %s=0.01", text, FaultLostReply)
	}
	fault := Fault(name)
	if err := fault.validate(); err != nil {
		return "", 0, err
	}
	probability, err := strconv.ParseFloat(number, 64)
	if err != nil || !isProbability(probability) {
		return "", 0, fmt.Errorf("fault %s: %q is not a probability (0 to 1, for example 0.01)", fault, number)
	}
	return fault, probability, nil
}

// ParseFaults reads several faults in the form of [ParseFault], each name once.
func ParseFaults(texts []string) (Faults, error) {
	faults := Faults{}
	for _, text := range texts {
		fault, probability, err := ParseFault(text)
		if err != nil {
			return nil, err
		}
		if _, _, twice := faults.named(fault.Name()); twice {
			return nil, fmt.Errorf("duplicate fault %s", fault.Name())
		}
		faults[fault] = probability
	}
	return faults, faults.Validate()
}

// Validate returns an error for an unknown name, a name with two parameters, an
// invalid parameter, a value that is not a probability, and a sum above 1.
func (f Faults) Validate() error {
	names := map[Fault]bool{}
	for _, fault := range slices.Sorted(maps.Keys(f)) {
		if err := fault.validate(); err != nil {
			return err
		}
		if names[fault.Name()] {
			return fmt.Errorf("duplicate fault %s", fault.Name())
		}
		names[fault.Name()] = true
	}
	var sum float64
	for _, known := range KnownFaults() { // in this order, so that the sum does not depend on the map's
		fault, probability, _ := f.named(known)
		if !isProbability(probability) {
			return fmt.Errorf("fault %s: %v is not a probability (0 to 1)", fault, probability)
		}
		if known.Scope() == ScopeWrite {
			sum += probability
		}
	}
	const roundingError = 1e-9
	if sum > 1+roundingError {
		return fmt.Errorf("faults: the probabilities add up to %.4g; at most 1 is allowed", sum)
	}
	return nil
}

// named returns the fault of a name, with its parameter, and its probability.
func (f Faults) named(name Fault) (fault Fault, probability float64, found bool) {
	if probability, found = f[name]; found {
		return name, probability, true
	}
	for fault, probability := range f {
		if fault.Name() == name {
			return fault, probability, true
		}
	}
	return name, 0, false
}

func (f Fault) validate() error {
	if kind, known := f.kind(); known {
		if _, given, found := strings.Cut(string(f), ":"); found {
			return kind.parameter.check(f.Name(), given)
		}
		return nil
	}
	known := KnownFaults()
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	return fmt.Errorf("unknown fault %q; must be one of %s", string(f), strings.Join(names, ", "))
}

// isProbability reports whether a number is a probability. NaN is not.
func isProbability(p float64) bool { return p >= 0 && p <= 1 }
