package roster

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/pkg/schema"
)

// EncodingGuess is a guessed encoding, with up to three texts of the file that show whether it is right. None of
// them is of a secret field.
type EncodingGuess struct {
	File, Encoding string
	Samples        []string
}

// enoughSamples is the number of texts shown for a guess.
const enoughSamples = 3

// doubtful returns the encoding with which a text of unknown encoding is read until the guess is confirmed. It
// returns an error for UTF-8 with stray bytes.
func (c *content) doubtful(guess charset.Encoding) (charset.Encoding, error) {
	doubt, err := charset.Inspect(io.NewSectionReader(c.file, 0, c.size))
	if err != nil {
		return guess, unreadable(c.name, err)
	}
	if doubt.MostlyUTF8() {
		return guess, &Error{
			Kind: WrongEncoding, Line: doubt.First.Line, Column: doubt.First.Column, Cause: doubt.First,
			Message: fmt.Sprintf("byte 0x%02X is not valid in UTF-8, but the rest of the text is", doubt.First.Byte),
			Hint:    "fix this character, or specify --encoding",
		}
	}
	c.doubt = &doubt
	if doubt.Lacking != nil {
		return charset.AnyByte(), nil
	}
	return guess, nil
}

// confirmEncoding asks for confirmation of a guessed encoding, and returns an error if it is not confirmed. The
// samples are texts of the file that are not secret.
func (r *Roster) confirmEncoding(samples func() ([]string, error)) error {
	doubt := r.content.doubt
	if doubt == nil {
		return nil
	}
	texts, err := samples()
	if err != nil {
		return err
	}
	encoding, _ := r.content.encodings.Resolve("")
	if doubt.Lacking == nil && r.options.ConfirmEncoding != nil {
		confirmed, err := r.options.ConfirmEncoding(EncodingGuess{File: r.content.name, Encoding: encoding.Name(), Samples: texts})
		if err != nil || confirmed {
			return err
		}
	}
	return r.unknownEncoding(encoding, texts)
}

// unknownEncoding returns the error of an encoding that must be specified, with the texts in each of the likely
// ones.
func (r *Roster) unknownEncoding(guess charset.Encoding, texts []string) error {
	doubt := r.content.doubt
	e := &Error{
		Kind: UnknownEncoding, Line: doubt.First.Line, Column: doubt.First.Column,
		Message: "unknown encoding: not UTF-8, and no byte order mark",
	}
	readAs := guess
	if lacking := doubt.Lacking; lacking != nil {
		readAs = charset.AnyByte()
		e.Line, e.Column = lacking.Line, lacking.Column
		e.Message = fmt.Sprintf("unknown encoding: not UTF-8, no byte order mark, and %s", lacking)
	}
	if len(texts) == 0 {
		e.Hint = "for example --encoding windows-1252"
		return e
	}
	e.Hint = "add the flag whose texts are correct"
	for _, reading := range readAs.Readings(texts) {
		e.Readings = append(e.Readings, fmt.Sprintf("--encoding %s: %s", reading.Name, quotedTexts(reading.Texts)))
	}
	return e
}

// quotedTexts returns texts in quotation marks, separated by commas.
func quotedTexts(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = fmt.Sprintf("%q", shorten(text))
	}
	return strings.Join(quoted, ", ")
}

// samplesOfTable returns texts with bytes that are not ASCII: headers, and cells of columns that are read and not
// secret.
func (r *Roster) samplesOfTable(ctx context.Context, headers []string, p *plan) ([]string, error) {
	var s sampler
	for _, header := range headers {
		s.add(header)
	}
	t, done, err := r.cells.table(ctx, r.content.pass(ctx), &tally{})
	if err != nil {
		return nil, err
	}
	defer done()
	for !s.full() {
		row, err := t.next()
		if isEnd(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, cell := range row.cells[:min(len(row.cells), len(p.columns))] {
			if c := p.columns[i]; !c.skip && !c.field.Secret {
				s.add(cell)
			}
		}
	}
	return s, nil
}

// samplesOfDocuments returns texts with bytes that are not ASCII, of keys that are read and not secret.
func (r *Roster) samplesOfDocuments(ctx context.Context) ([]string, error) {
	var s sampler
	objects := r.objects.documents(r.content.pass(ctx), &tally{})
	for !s.full() {
		e, err := objects.next()
		if isEnd(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(e.tree)) {
			if r.isOpenKey(key) {
				s.walk(e.tree[key])
			}
		}
	}
	return s, nil
}

// isOpenKey reports whether a key is read and contains no secret.
func (r *Roster) isOpenKey(key string) bool {
	switch found := r.matcher.matchKey(key); found.verdict {
	case matched:
		return !found.target.field.Secret
	case shaped:
		return !slices.ContainsFunc(r.options.Table, func(f schema.Field) bool { return f.Secret && f.WirePath()[0] == key })
	default:
		return false
	}
}

// sampler collects different texts that are not ASCII.
type sampler []string

func (s sampler) full() bool { return len(s) >= enoughSamples }

func (s *sampler) add(text string) {
	text, _ = clean(text)
	isForeign := strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) >= 0
	if isForeign && !s.full() && !slices.Contains(*s, text) {
		*s = append(*s, text)
	}
}

func (s *sampler) walk(value any) {
	switch value := value.(type) {
	case string:
		s.add(value)
	case schema.Text:
		s.add(string(value))
	case []any:
		for _, item := range value {
			s.walk(item)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			s.walk(value[key])
		}
	}
}
