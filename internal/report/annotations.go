package report

import (
	"fmt"
	"io"
	"strings"
)

// mostAnnotations is what GitHub shows of one kind for a step.
const mostAnnotations = 10

// Annotations gives a sink that marks rows which went wrong in the roster, by
// the workflow commands of GitHub Actions. It writes the first ten, and how
// many more there are.
func Annotations(w io.Writer, file string) Sink {
	return &annotations{w: w, file: file}
}

type annotations struct {
	w     io.Writer
	file  string
	wrong int
}

func (a *annotations) Add(l Line) error {
	if l.Status != "failed" && l.Status != "unknown" {
		return nil
	}
	a.wrong++
	if a.wrong > mostAnnotations {
		return nil
	}
	_, err := fmt.Fprintf(a.w, "::error file=%s,line=%d,title=%s::%s\n", property(a.file), l.Line, property("usher: "+l.Status), data(l.Error))
	return err
}

func (a *annotations) Close() error {
	if a.wrong <= mostAnnotations {
		return nil
	}
	_, err := fmt.Fprintf(a.w, "::error title=usher::%d more rows went wrong: see the results file\n", a.wrong-mostAnnotations)
	return err
}

// data escapes the text of a workflow command.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes a property of a workflow command.
func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
