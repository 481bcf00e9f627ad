package config

import (
	"errors"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// syntaxFault says where and why a text is not a YAML document. isWord tells
// which words of the text may be shown.
func syntaxFault(path string, text []byte, err error, isWord func(string) bool) *Fault {
	if errors.Is(err, errManyDocuments) {
		return &Fault{Source: Source{Layer: FromFile, Name: path}, Problem: err.Error(), Hint: "keep one"}
	}
	problem, near := yamlProblem(err)
	line, column := locate(text, problem, near)
	return &Fault{
		Source:  Source{Layer: FromFile, Name: path, Line: line, Column: column},
		Problem: "this is not YAML: " + problem,
		Hint:    syntaxHint(problem),
		Snippet: mask(lineOf(text, line), isWord),
	}
}

// yamlProblem gives the YAML library's own words, without anything of the text,
// and the line that it names, which may lie before the fault; 0 for none.
func yamlProblem(err error) (problem string, line int) {
	problem = strings.TrimPrefix(err.Error(), "yaml: ")
	if found := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(problem); found != nil {
		line, _ = strconv.Atoi(found[1])
		problem = problem[len(found[0]):]
	}
	if strings.Contains(problem, "anchor") {
		return "an alias stands for an anchor that does not exist", line
	}
	if strings.Contains(problem, "`") {
		return "a value does not fit its tag", line
	}
	return problem, line
}

// syntaxHint says how to mend the usual slips.
func syntaxHint(problem string) string {
	switch {
	case strings.Contains(problem, "mapping values"):
		return "check the indentation, and put a value with a colon in quotes"
	case strings.Contains(problem, "cannot start any token"):
		return "indent with spaces, and put a value that starts with @, % or ` in quotes"
	case strings.Contains(problem, "could not find expected ':'"), strings.Contains(problem, "expected key"):
		return "write NAME: VALUE, with a space after the colon"
	case strings.Contains(problem, "end of stream"):
		return "a quote is not closed"
	default:
		return ""
	}
}

// locate finds the first line and column up to which the text is faulty in the
// same way as the whole of it. The library gives no column, and of the lines
// often the one where the surrounding block begins.
func locate(text []byte, problem string, near int) (line, column int) {
	fails := func(length int) bool {
		_, err := parseTree(text[:length])
		if err == nil || errors.Is(err, errManyDocuments) {
			return false
		}
		found, _ := yamlProblem(err)
		return found == problem
	}
	ends := lineEnds(text)
	first := min(max(near-2, 0), len(ends)-1)
	line = first + sort.Search(len(ends)-1-first, func(i int) bool { return fails(ends[first+i]) })
	start := 0
	if line > 0 {
		start = ends[line-1]
	}
	var stops []int
	for i := range string(text[start:ends[line]]) {
		stops = append(stops, start+i)
	}
	stops = append(stops, ends[line])
	column = sort.Search(len(stops)-1, func(i int) bool { return fails(stops[i]) })
	return line + 1, max(column, 1)
}

// lineEnds gives the offset behind each line of a text, at least one.
func lineEnds(text []byte) []int {
	var ends []int
	for i, b := range text {
		if b == '\n' {
			ends = append(ends, i+1)
		}
	}
	if len(ends) == 0 || ends[len(ends)-1] != len(text) {
		ends = append(ends, len(text))
	}
	return ends
}

// lineOf gives a line of a text by its number, counted from 1.
func lineOf(text []byte, number int) string {
	lines := strings.Split(string(text), "\n")
	return lines[min(max(number, 1), len(lines))-1]
}

// mask shows the shape of a line: words that isWord knows and the signs of
// YAML. Every other run of characters becomes "…", since it may be a secret.
func mask(line string, isWord func(string) bool) string {
	const signs = `:{}[],"'&*!|>%@` + "`"
	isPart := func(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(signs, r) }
	var shown strings.Builder
	rest := strings.TrimSpace(line)
	for rest != "" {
		end := strings.IndexFunc(rest, func(r rune) bool { return !isPart(r) })
		if end < 0 {
			end = len(rest)
		}
		switch word := rest[:end]; {
		case word == "":
			r := []rune(rest)[0]
			end = len(string(r))
			if r == '\t' {
				shown.WriteString(`\t`)
			} else {
				shown.WriteString(rest[:end])
			}
		case isWord(word):
			shown.WriteString(word)
		default:
			shown.WriteString("…")
		}
		rest = rest[end:]
	}
	return schema.Shorten(shown.String(), 60)
}
