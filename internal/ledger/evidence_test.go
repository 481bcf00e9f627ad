package ledger

import (
	"testing"
	"time"
)

// Whichever way two pieces of evidence are joined, the same decides.
func TestJoinedEvidence(t *testing.T) {
	t.Parallel()
	moment := time.Now()
	created := Evidence{Run: 1, Row: 1, State: Created, UserID: "u1"}
	for name, test := range map[string]struct {
		a, b Evidence
		want Finding
	}{
		"created, then existing":      {created, Evidence{Run: 2, Row: 7, State: Existing, UserID: "u2"}, Finding{Standing: Exists, Row: 1, UserID: "u1"}},
		"the later of two created":    {created, Evidence{Run: 2, Row: 7, State: Created, UserID: "u2"}, Finding{Standing: Exists, Row: 7, UserID: "u2"}},
		"existing, then in doubt":     {Evidence{Run: 1, Row: 1, State: Existing}, Evidence{Run: 2, Row: 7, State: Unknown, Due: true}, Finding{Standing: Exists, Row: 1, Due: true}},
		"the earlier of two in doubt": {Evidence{Run: 1, Row: 1, State: Sent, Sends: 1, Started: moment}, Evidence{Run: 2, Row: 7, State: Unknown, Sends: 2}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtLost, Sends: 2, First: moment}},
		"a doubt that was answered":   {Evidence{Run: 1, Row: 1, State: Unknown, Doubt: DoubtLost}, Evidence{Run: 2, Row: 7, State: Unknown, Doubt: DoubtAnswered}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtAnswered}},
		"a word":                      {Evidence{Run: 1, Row: 1, State: Absent, Word: true, Sends: 2}, Evidence{Run: 2, Row: 7, State: Failed}, Finding{Standing: Doubtful, Row: 1, Doubt: DoubtLost, Word: true}},
		"nothing":                     {Evidence{Run: 1, Row: 1, State: Failed}, Evidence{Run: 2, Row: 7, State: Forgotten}, Finding{Row: 7}},
	} {
		for _, joined := range []Evidence{test.a.Joined(test.b), test.b.Joined(test.a)} {
			if got := joined.Finding(); got != test.want {
				t.Errorf("%s: got %+v, want %+v", name, got, test.want)
			}
		}
	}
}
