package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
)

// mostAnnotations is the number of annotations of one kind that GitHub shows for a step.
const mostAnnotations = 10

// Annotations returns a new sink that annotates failed and unknown rows of the roster with workflow commands of GitHub
// Actions. It writes the first ten, and the number of the others. file is the path of the roster in the workflow, or
// "-" for standard input.
func Annotations(w io.Writer, file string) Sink {
	return &annotations{w: w, file: file}
}

type annotations struct {
	w     io.Writer
	file  string
	wrong int
}

func (a *annotations) Add(l Line) error {
	if !isWrong(l.State) {
		return nil
	}
	l = l.shown()
	a.wrong++
	if a.wrong > mostAnnotations {
		return nil
	}
	title, text := property("usher: "+l.State), l.Error
	if text == "" {
		text = l.State
	}
	if a.file == "-" {
		_, err := fmt.Fprintf(a.w, "::error title=%s::line %d: %s\n", title, l.Line, data(text))
		return err
	}
	_, err := fmt.Fprintf(a.w, "::error file=%s,line=%d,title=%s::%s\n", property(term.SanitizeLine(a.file)), l.Line, title, data(text))
	return err
}

func (a *annotations) Close() error {
	if a.wrong <= mostAnnotations {
		return nil
	}
	_, err := fmt.Fprintf(a.w, "::error title=usher::%s\n", more(a.wrong-mostAnnotations))
	return err
}

func more(rows int) string {
	if rows == 1 {
		return "1 more row failed or is unknown"
	}
	return fmt.Sprintf("%d more rows failed or are unknown", rows)
}

// data returns the text of a workflow command, escaped.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property returns a property of a workflow command, escaped.
func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
