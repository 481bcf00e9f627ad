package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// SyntaxError is the error for a text that is invalid in its format. It repeats nothing of the text, which may be
// secret.
type SyntaxError struct {
	// Problem is a phrase without a full stop.
	Problem string
	// Line and Column are positions from 1; 0 if they are not known.
	Line, Column int
}

// Error returns the problem.
func (e *SyntaxError) Error() string { return e.Problem }

func syntaxError(format string, text []byte, err error) *SyntaxError {
	failure := &SyntaxError{Problem: "not valid " + strings.ToUpper(format)}
	if errors.Is(err, errManyDocuments) {
		failure.Problem = err.Error()
	} else if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		failure.Line, failure.Column = placeBehind(text[:min(max(wrong.Offset-1, 0), int64(len(text)))])
	} else if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		failure.Line, failure.Column = wrong.Position()
	} else if format == "yaml" {
		problem, near := yamlProblem(err)
		failure.Problem += ": " + problem
		failure.Line, failure.Column = locate(text, problem, near)
	}
	return failure
}

// placeBehind returns the line and the column after a text.
func placeBehind(text []byte) (line, column int) {
	start := bytes.LastIndexByte(text, '\n') + 1
	return bytes.Count(text, []byte("\n")) + 1, len([]rune(string(text[start:]))) + 1
}

// yamlProblem returns the message of the YAML library without parts of the text, and its line, 0 for none. The line may
// be before the error.
func yamlProblem(err error) (problem string, line int) {
	problem = strings.TrimPrefix(err.Error(), "yaml: ")
	if found := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(problem); found != nil {
		line, _ = strconv.Atoi(found[1])
		problem = problem[len(found[0]):]
	}
	if strings.ContainsAny(problem, "`\"") || strings.Contains(problem, "unknown anchor") { // the message contains a part of the text
		return "a tag or an alias cannot be resolved", line
	}
	return problem, line
}

// locate returns the position of an error: the end of the shortest prefix of the text with the same error. The YAML
// library returns no column, and often the line at which the surrounding block begins.
func locate(text []byte, problem string, near int) (line, column int) {
	fails := func(length int) bool {
		_, err := parse("yaml", text[:length])
		if err == nil || errors.Is(err, errManyDocuments) {
			return false
		}
		found, _ := yamlProblem(err)
		return found == problem
	}
	starts := []int{0}
	for i, b := range text {
		if b == '\n' && i+1 < len(text) {
			starts = append(starts, i+1)
		}
	}
	ends := append(slices.Clone(starts[1:]), len(text))
	first := min(max(near-2, 0), len(ends)-1)
	line = first + sort.Search(len(ends)-1-first, func(i int) bool { return fails(ends[first+i]) })
	var stops []int
	for i := range string(text[starts[line]:ends[line]]) {
		stops = append(stops, starts[line]+i)
	}
	column = sort.Search(len(stops), func(i int) bool { return fails(stops[i]) })
	return line + 1, max(column, 1)
}
