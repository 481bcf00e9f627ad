package report

import "fmt"

// Source says which roster was read, and how, in documents for programs.
type Source struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Encoding string `json:"encoding"`
}

// Cause is one reason for which rows failed or are unknown, in documents for
// programs.
type Cause struct {
	Class   string `json:"class"`
	Message string `json:"message"`
	Rows    int    `json:"rows"`
	// Line is the place of the first of the rows.
	Line int `json:"-"`
}

// String gives the cause in one line, with the first place.
func (c Cause) String() string {
	if c.Rows == 1 {
		return fmt.Sprintf("line %d, %s: %s", c.Line, c.Class, c.Message)
	}
	return fmt.Sprintf("%d rows from line %d, %s: %s", c.Rows, c.Line, c.Class, c.Message)
}
