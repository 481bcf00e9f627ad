package ledger

import (
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Whichever way two pieces of evidence are joined, the same decides.
func TestJoinedEvidence(t *testing.T) {
	t.Parallel()
	moment := time.Now()
	created := Evidence{Run: 1, Row: 1, State: rowstate.Created, UserID: "u1"}
	for name, test := range map[string]struct {
		a, b Evidence
		want Finding
	}{
		"created, then existing":      {created, Evidence{Run: 2, Row: 7, State: rowstate.Existing, UserID: "u2"}, Finding{Standing: Exists, Row: 1, UserID: "u1"}},
		"the later of two created":    {created, Evidence{Run: 2, Row: 7, State: rowstate.Created, UserID: "u2"}, Finding{Standing: Exists, Row: 7, UserID: "u2"}},
		"existing, then in doubt":     {Evidence{Run: 1, Row: 1, State: rowstate.Existing}, Evidence{Run: 2, Row: 7, State: rowstate.Unknown, Due: true}, Finding{Standing: Exists, Row: 1, Due: true}},
		"the earlier of two in doubt": {Evidence{Run: 1, Row: 1, State: rowstate.Sent, Sends: 1, Started: moment}, Evidence{Run: 2, Row: 7, State: rowstate.Unknown, Sends: 2}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtLost, Sends: 2, First: moment}},
		"a doubt that was answered":   {Evidence{Run: 1, Row: 1, State: rowstate.Unknown, Doubt: DoubtLost}, Evidence{Run: 2, Row: 7, State: rowstate.Unknown, Doubt: DoubtAnswered}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtAnswered}},
		"a word":                      {Evidence{Run: 1, Row: 1, State: rowstate.NotCreated, Word: true, Sends: 2}, Evidence{Run: 2, Row: 7, State: rowstate.Failed}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtLost, Word: true}},
		"nothing":                     {Evidence{Run: 1, Row: 1, State: rowstate.Failed}, Evidence{Run: 2, Row: 7, State: rowstate.Forgotten}, Finding{Row: 7}},
	} {
		for _, joined := range []Evidence{test.a.Joined(test.b), test.b.Joined(test.a)} {
			if got := joined.Finding(); got != test.want {
				t.Errorf("%s: got %+v, want %+v", name, got, test.want)
			}
		}
	}
}
