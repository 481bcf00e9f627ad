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

	InProgress int `json:"in_progress,omitempty"`
}

// DeleteCounts is [UpdateCounts] for users who are deleted.
type DeleteCounts struct {
	Rows     int `json:"rows"`
	Deleted  int `json:"deleted"`
	Absent   int `json:"absent"`
	Failed   int `json:"failed"`
	Unknown  int `json:"unknown"`
	NotTried int `json:"not_tried"`

	InProgress int `json:"in_progress,omitempty"`
}

// DeactivateCounts is [UpdateCounts] for users who are deactivated.
type DeactivateCounts struct {
	Rows        int `json:"rows"`
	Deactivated int `json:"deactivated"`
	Unchanged   int `json:"unchanged"`
	Failed      int `json:"failed"`
	Unknown     int `json:"unknown"`
	NotTried    int `json:"not_tried"`

	InProgress int `json:"in_progress,omitempty"`
}

// CountsOf gives the counts of a run of this command as documents have them:
// those that its rows can be in.
func CountsOf(c ledger.Counts, command string) any {
	switch command {
	case ledger.CommandUpdate:
		return UpdateCounts{Rows: c.Rows, Updated: c.Updated, Unchanged: c.Unchanged, Failed: c.Failed, Unknown: c.Unknown, NotTried: c.NotTried, InProgress: c.InProgress}
	case ledger.CommandDelete, ledger.CommandUndo:
		return DeleteCounts{Rows: c.Rows, Deleted: c.Deleted, Absent: c.Absent, Failed: c.Failed, Unknown: c.Unknown, NotTried: c.NotTried, InProgress: c.InProgress}
	case ledger.CommandDeactivate:
		return DeactivateCounts{Rows: c.Rows, Deactivated: c.Deactivated, Unchanged: c.Unchanged, Failed: c.Failed, Unknown: c.Unknown, NotTried: c.NotTried, InProgress: c.InProgress}
	default:
		return c
	}
}

// NamedCount is a count with its name for people.
type NamedCount struct {
	Name string
	Rows int
}

// Named lists the counts of a run of this command in the order of reports: all
// rows, the two that are well, and the others.
func Named(c ledger.Counts, command string) []NamedCount {
	var well []NamedCount
	switch command {
	case ledger.CommandUpdate:
		well = []NamedCount{{"updated", c.Updated}, {"unchanged", c.Unchanged}}
	case ledger.CommandDelete, ledger.CommandUndo:
		well = []NamedCount{{"deleted", c.Deleted}, {"absent", c.Absent}}
	case ledger.CommandDeactivate:
		well = []NamedCount{{"deactivated", c.Deactivated}, {"unchanged", c.Unchanged}}
	default:
		well = []NamedCount{{"created", c.Created}, {"existing", c.Existing}}
	}
	left := []NamedCount{{"failed", c.Failed}, {"unknown", c.Unknown}, {"not tried", c.NotTried}}
	if c.Gone > 0 {
		left = append(left, NamedCount{"gone", c.Gone})
	}
	return append(append([]NamedCount{{"rows", c.Rows}}, well...), left...)
}
