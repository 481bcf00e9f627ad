package bulk

import (
	"cmp"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// mostCauses bounds the causes that a summary tells apart.
	mostCauses = 100
	// mostFirstLines bounds the places that a cause names.
	mostFirstLines = 5
)

// Summary counts what became of the rows of a run. Created, Existing, Failed,
// Unknown and NotTried add up to Rows at every moment. Its memory does not grow
// with the rows. It is for one goroutine, as [Options].Report is.
type Summary struct {
	Rows     int
	Created  int
	Existing int
	Failed   int
	Unknown  int
	NotTried int

	causes map[causeKey]*Cause
	others Cause // all that are too many to be told apart
}

// Cause is one reason for which rows failed or are unknown.
type Cause struct {
	// Class is the word for the class of the error; "other" stands for several.
	Class string
	// Message is the text of the error without the rows' own values.
	Message string
	// Rows is how many rows have it, and FirstLines the places of the first few that were reported.
	Rows       int
	FirstLines []int
}

type causeKey struct{ class, message string }

// Expect counts rows that are still to come as not tried.
func (s *Summary) Expect(rows int) {
	s.Rows += rows
	s.NotTried += rows
}

// Add counts an outcome, of a row that was expected as long as there are such.
func (s *Summary) Add(outcome Outcome) {
	if s.NotTried == 0 {
		s.Expect(1)
	}
	if outcome.State == NotTried {
		return
	}
	s.NotTried--
	switch outcome.State {
	case Created:
		s.Created++
	case Existing:
		s.Existing++
	case Unknown:
		s.Unknown++
		s.blame(outcome)
	default:
		s.Failed++
		s.blame(outcome)
	}
}

func (s *Summary) blame(outcome Outcome) {
	key := causeKey{class: provider.ClassOf(outcome.Err).String(), message: outcome.Message()}
	cause := s.causes[key]
	switch {
	case cause != nil:
	case len(s.causes) < mostCauses:
		if s.causes == nil {
			s.causes = make(map[causeKey]*Cause)
		}
		cause = &Cause{Class: key.class, Message: key.message}
		s.causes[key] = cause
	default:
		cause = &s.others
	}
	cause.Rows++
	if len(cause.FirstLines) < mostFirstLines {
		cause.FirstLines = append(cause.FirstLines, outcome.Line)
	}
}

// Causes lists the reasons for which rows failed or are unknown, most rows
// first, and at the end those that are too many to be told apart. Their rows
// add up to Failed and Unknown.
func (s *Summary) Causes() []Cause {
	var causes []Cause
	for _, cause := range s.causes {
		causes = append(causes, *cause)
	}
	slices.SortFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), slices.Compare(a.FirstLines, b.FirstLines),
			cmp.Compare(a.Class, b.Class), cmp.Compare(a.Message, b.Message))
	})
	if s.others.Rows > 0 {
		others := s.others
		others.Class, others.Message = "other", "other causes"
		causes = append(causes, others)
	}
	return causes
}
