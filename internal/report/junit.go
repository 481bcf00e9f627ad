package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
)

// Suite is the summary of a run in a JUnit report.
type Suite struct {
	// Name identifies the run.
	Name string
	// Rows is the number of rows, Wrong how many of them failed or are unknown, and NotTried how many were not tried.
	Rows, Wrong, NotTried int
	// Began and Took are the start and the duration of the run.
	Began time.Time
	Took  time.Duration
}

// JUnit returns a new sink that writes a JUnit XML report. Each row is a test case: failed and unknown rows are
// failures, rows that were not tried are skipped.
func JUnit(w io.Writer, suite Suite) (Sink, error) {
	name, err := attribute(term.SanitizeLine(suite.Name))
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, "%s<testsuites>\n  <testsuite name=%s tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n",
		xml.Header, name, suite.Rows, suite.Wrong, suite.NotTried, suite.Took.Seconds(), suite.Began.UTC().Format("2006-01-02T15:04:05"))
	return &junit{w: w}, err
}

type junit struct{ w io.Writer }

type testCase struct {
	XMLName xml.Name  `xml:"testcase"`
	Class   string    `xml:"classname,attr"`
	Name    string    `xml:"name,attr"`
	Failure *verdict  `xml:"failure,omitempty"`
	Skipped *struct{} `xml:"skipped,omitempty"`
}

type verdict struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (j *junit) Add(l Line) error {
	l = l.shown()
	one := testCase{Class: "usher.import", Name: fmt.Sprintf("line %d: %s", l.Line, l.Key)}
	if l.Group != "" {
		one.Name += ": group " + l.Group
	}
	if l.Profile != "" {
		one.Name = l.Profile + ", " + one.Name
	}
	switch state := rowstate.State(l.State); {
	case isWrong(l.State):
		one.Failure = &verdict{Type: strings.TrimSuffix(l.State+": "+l.Class, ": "), Message: l.Error, Text: l.Hint}
	case state.Kind() == rowstate.Open:
		one.Skipped = &struct{}{}
	}
	text, err := xml.Marshal(one)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "    %s\n", text)
	return err
}

func (j *junit) Close() error {
	_, err := io.WriteString(j.w, "  </testsuite>\n</testsuites>\n")
	return err
}

// attribute returns a text as the quoted value of an XML attribute.
func attribute(text string) (string, error) {
	escaped, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"a"`
		V       string   `xml:"v,attr"`
	}{V: text})
	if err != nil {
		return "", err
	}
	const before, after = `<a v=`, `></a>`
	return string(escaped[len(before) : len(escaped)-len(after)]), nil
}
