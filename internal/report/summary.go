package report

import "fmt"

// Source is the roster of a run in documents.
type Source struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Encoding string `json:"encoding"`
}

// Cause is a cause of failed or unknown rows in documents.
type Cause struct {
	Class   string `json:"class"`
	Message string `json:"message"`
	Rows    int    `json:"rows"`
	// Line is the line of the first of the rows.
	Line int `json:"-"`
}

// String returns the cause on one line, with the line of the first row.
func (c Cause) String() string {
	if c.Rows == 1 {
		return fmt.Sprintf("line %d, %s: %s", c.Line, c.Class, c.Message)
	}
	return fmt.Sprintf("%d rows from line %d, %s: %s", c.Rows, c.Line, c.Class, c.Message)
}
