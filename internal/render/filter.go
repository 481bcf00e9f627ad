package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/itchyny/gojq"
	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"github.com/bring-aboard/usher/internal/term"
)

// filter is a compiled --jq expression. Its input is only the document: no environment variables, no files.
type filter struct{ code *gojq.Code }

// compileFilter returns the filter of an expression. It fails with a *[UsageError], with the position of the error if
// the parser reports it.
func compileFilter(expression string) (*filter, error) {
	query, err := gojq.Parse(expression)
	if err != nil {
		return nil, &UsageError{parseMessage(expression, err)}
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, &UsageError{term.SanitizeLine(fmt.Sprintf("--jq %s: %v", expression, err))}
	}
	return &filter{code}, nil
}

// parseMessage returns the message of a syntax error with its line and column, and with a mark in the line.
func parseMessage(expression string, err error) string {
	offset := 0
	if mistake := (*gojq.ParseError)(nil); errors.As(err, &mistake) {
		offset = min(max(mistake.Offset-len(mistake.Token), 0), len(expression))
	}
	before := expression[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(expression[start:], "\n")
	before = term.SanitizeLine(before[start:])
	return fmt.Sprintf("--jq, line %d, column %d: %s\n    %s\n    %s^",
		1+strings.Count(expression[:start], "\n"), 1+len([]rune(before)),
		term.SanitizeLine(err.Error()), term.SanitizeLine(line), strings.Repeat(" ", twwidth.Width(before)))
}

// print writes the results of the expression for one document, one a line: strings unquoted, other values as compact
// JSON.
func (f *filter) print(ctx context.Context, doc any, out *output) error {
	value, err := plainValue(doc)
	if err != nil {
		return err
	}
	return f.printValue(ctx, value, out)
}

func (f *filter) printValue(ctx context.Context, value any, out *output) error {
	results := f.code.RunWithContext(ctx, value)
	for {
		result, more := results.Next()
		if !more {
			return nil
		}
		if err, failed := result.(error); failed {
			return filterError(ctx, err)
		}
		if err := out.write(resultLine(result, out)); err != nil {
			return err
		}
	}
}

// filterError returns the error of a filter. The function halt is not an error.
func filterError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if halt := (*gojq.HaltError)(nil); errors.As(err, &halt) && halt.ExitCode() == 0 {
		return nil
	}
	return &FilterError{err}
}

// FilterError is the error of a --jq filter that failed on a document.
type FilterError struct{ cause error }

// Error returns the cause.
func (e *FilterError) Error() string { return "--jq: " + e.cause.Error() }

// Unwrap returns the cause.
func (e *FilterError) Unwrap() error { return e.cause }

func resultLine(result any, out *output) ([]byte, error) {
	if s, ok := result.(string); ok {
		return []byte(out.text(s) + "\n"), nil
	}
	text, err := gojq.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("could not encode the result of --jq as JSON: %w", err)
	}
	return append(escapeControls(text, appendJSONEscape), '\n'), nil
}

// plainValue returns the document as maps, slices, strings and json.Numbers, with all digits of numbers.
func plainValue(doc any) (any, error) {
	text, err := encodeJSON(doc, "", "")
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("could not read the result for --jq: %w", err)
	}
	return value, nil
}

// filterSink collects the documents of a list, and prints the results of the filter for their array.
type filterSink struct {
	ctx    context.Context
	filter *filter
	out    *output
	array  []any
}

func (s *filterSink) add(_ []string, doc any, _ string) error {
	value, err := plainValue(doc)
	if err != nil {
		return err
	}
	s.array = append(s.array, value)
	return nil
}

func (s *filterSink) close() error {
	if s.array == nil {
		s.array = []any{}
	}
	return s.filter.printValue(s.ctx, s.array, s.out)
}
