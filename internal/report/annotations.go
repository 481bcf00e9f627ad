package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
)

// mostAnnotations is what GitHub shows of one kind for a step.
const mostAnnotations = 10

// Annotations gives a sink that marks rows which went wrong in the roster, by
// the workflow commands of GitHub Actions. It writes the first ten, and how
// many more there are. The file is the roster's path as the workflow knows it;
// "-" is a roster that is no file.
func Annotations(w io.Writer, file string) Sink {
	return &annotations{w: w, file: file}
}

type annotations struct {
	w     io.Writer
	file  string
	wrong int
}

func (a *annotations) Add(l Line) error {
	if !isWrong(l.Status) {
		return nil
	}
	l = l.shown()
	a.wrong++
	if a.wrong > mostAnnotations {
		return nil
	}
	title, text := property("usher: "+l.Status), l.Error
	if text == "" {
		text = l.Status
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
		return "1 more row went wrong"
	}
	return fmt.Sprintf("%d more rows went wrong", rows)
}

// data escapes the text of a workflow command.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes a property of a workflow command.
func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}
