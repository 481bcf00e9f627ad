package render

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf16"

	"github.com/bring-aboard/usher/internal/term"
)

func jsonFormat() format {
	return format{
		name: JSON, documents: true, filters: true,
		list: func(ctx context.Context, p *Printer, _ []Column) sink {
			if p.filter != nil {
				return &filterSink{ctx: ctx, filter: p.filter, out: p.output()}
			}
			return &jsonSink{out: p.output()}
		},
		object: func(ctx context.Context, p *Printer, doc any) error {
			if p.filter != nil {
				return p.filter.print(ctx, doc, p.output())
			}
			text, err := encodeJSON(doc, "", indent)
			return p.output().write(text, err)
		},
	}
}

func ndjsonFormat() format {
	return format{
		name: NDJSON, documents: true, filters: true,
		list: func(ctx context.Context, p *Printer, _ []Column) sink {
			return &ndjsonSink{ctx: ctx, filter: p.filter, out: p.output()}
		},
	}
}

// indent is one level of nesting in JSON and YAML.
const indent = "  "

// encodeJSON returns the JSON of doc, ending in a newline. Characters that could control a terminal and commands to a
// runner are escaped, which changes no value; characters that are special only in HTML are not. With an empty indent it
// is one line; otherwise every line except the first begins with prefix.
func encodeJSON(doc any, prefix, indent string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, indent)
	if err := encoder.Encode(doc); err != nil {
		return nil, fmt.Errorf("could not encode the result as JSON: %w", err)
	}
	// Only a custom MarshalJSON can return text that is not UTF-8.
	valid := bytes.ToValidUTF8(text.Bytes(), []byte("\ufffd"))
	return escapeCommands(escapeControls(valid, appendJSONEscape)), nil
}

// EncodeLine returns the JSON of doc on one line, ending in a newline. Characters that could control a terminal are
// escaped.
func EncodeLine(doc any) ([]byte, error) { return encodeJSON(doc, "", "") }

// escapeControls returns a text with each character that could control a terminal, except the line feed, replaced by
// its escape. Such characters must occur only in quoted strings.
func escapeControls(text []byte, appendEscape func([]byte, rune) []byte) []byte {
	mustEscape := func(r rune) bool { return r != '\n' && term.IsControl(r) }
	if !bytes.ContainsFunc(text, mustEscape) {
		return text
	}
	escaped := make([]byte, 0, len(text)+64)
	for _, r := range string(text) {
		if mustEscape(r) {
			escaped = appendEscape(escaped, r)
		} else {
			escaped = append(escaped, string(r)...)
		}
	}
	return escaped
}

func appendJSONEscape(text []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		text = fmt.Appendf(text, `\u%04x`, unit)
	}
	return text
}

// jsonSink prints one array, element by element.
type jsonSink struct {
	out   *output
	begun bool
}

func (s *jsonSink) add(_ []string, doc any, _ string) error {
	element, err := encodeJSON(doc, indent, indent)
	if err != nil {
		return err
	}
	lead := ",\n" + indent
	if !s.begun {
		lead, s.begun = "[\n"+indent, true
	}
	return s.out.write(append([]byte(lead), bytes.TrimSuffix(element, []byte("\n"))...), nil)
}

func (s *jsonSink) close() error {
	end := "\n]\n"
	if !s.begun {
		end = "[]\n"
	}
	return s.out.write([]byte(end), nil)
}

// ndjsonSink prints one document a line, or the results of the filter for each.
type ndjsonSink struct {
	ctx    context.Context
	filter *filter // nil without --jq
	out    *output
}

func (s *ndjsonSink) add(_ []string, doc any, _ string) error {
	if s.filter != nil {
		return s.filter.print(s.ctx, doc, s.out)
	}
	text, err := encodeJSON(doc, "", "")
	return s.out.write(text, err)
}

func (s *ndjsonSink) close() error { return nil }
