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

// filter is a compiled --jq expression. It sees the document and nothing else:
// no environment variables, no files.
type filter struct{ code *gojq.Code }

// compileFilter returns a *[UsageError] that shows the place of the mistake,
// where the parser knows it.
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

// parseMessage names line and column of a mistake, and marks it in its line.
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

// print writes what the expression makes of one document, a result a line:
// strings as they are, everything else as compact JSON.
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

// filterError judges the error that ended a filter. The function halt is no
// error.
func filterError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if halt := (*gojq.HaltError)(nil); errors.As(err, &halt) && halt.ExitCode() == 0 {
		return nil
	}
	return &FilterError{err}
}

// FilterError says that a --jq filter failed on a document.
type FilterError struct{ cause error }

// Error says why.
func (e *FilterError) Error() string { return "--jq: " + e.cause.Error() }

// Unwrap returns the cause.
func (e *FilterError) Unwrap() error { return e.cause }

func resultLine(result any, out *output) ([]byte, error) {
	if s, ok := result.(string); ok {
		return []byte(out.text(s) + "\n"), nil
	}
	text, err := gojq.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encode the result of --jq as JSON: %w", err)
	}
	return append(escapeControls(text, appendJSONEscape), '\n'), nil
}

// plainValue gives the document as maps, slices, strings and json.Numbers, in
// which numbers keep all their digits.
func plainValue(doc any) (any, error) {
	text, err := encodeJSON(doc, "", "")
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("read the result for --jq: %w", err)
	}
	return value, nil
}

// filterSink gathers the documents of a list, and prints what the filter makes
// of their array.
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
