package report

import (
	"encoding/xml"
	"fmt"
	"io"
)

// JUnit gives a sink that writes a JUnit XML report, which CI servers show: a
// test case a row, where failed and unknown rows are failures and rows that
// were not tried are skipped. The rows are streamed, so the suite carries no
// counts; readers count the cases.
func JUnit(w io.Writer, suite string) (Sink, error) {
	j := &junit{w: w}
	name, err := attribute(suite)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, "%s<testsuites>\n  <testsuite name=%s>\n", xml.Header, name)
	return j, err
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
	one := testCase{Class: "usher.import", Name: fmt.Sprintf("line %d: %s", l.Line, l.Key)}
	switch l.Status {
	case "failed", "unknown":
		one.Failure = &verdict{Type: l.Status + ": " + l.Class, Message: l.Error, Text: l.Hint}
	case "not_tried":
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

// attribute quotes a text for an XML attribute.
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
