package report

import "github.com/bring-aboard/usher/internal/ledger"

// UpdateCounts says what became of the rows of an update, in documents for
// programs. They add up to Rows.
type UpdateCounts struct {
	Rows      int `json:"rows"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	Unknown   int `json:"unknown"`
	NotTried  int `json:"not_tried"`
}

// CountsOf gives the counts of a run as documents have them: those of an update
// are [UpdateCounts], and of every other run [ledger.Counts].
func CountsOf(c ledger.Counts, update bool) any {
	if !update {
		return c
	}
	return UpdateCounts{Rows: c.Rows, Updated: c.Updated, Unchanged: c.Unchanged, Failed: c.Failed, Unknown: c.Unknown, NotTried: c.NotTried}
}

// NamedCount is a count with its name for people.
type NamedCount struct {
	Name string
	Rows int
}

// Named lists the counts of a run in the order of reports.
func Named(c ledger.Counts, update bool) []NamedCount {
	counts := []NamedCount{{"rows", c.Rows}, {"created", c.Created}, {"existing", c.Existing}}
	if update {
		counts = []NamedCount{{"rows", c.Rows}, {"updated", c.Updated}, {"unchanged", c.Unchanged}}
	}
	return append(counts, NamedCount{"failed", c.Failed}, NamedCount{"unknown", c.Unknown}, NamedCount{"not tried", c.NotTried})
}
