package render

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

func TestFilterOfAnObject(t *testing.T) {
	doc := json.RawMessage(`{"id":12345678901234567890123,"small":9007199254740993,"exact":1.10,` +
		`"name":"Ann","text":"a\nb","esc":"\u001b[2J\u202e","html":"<&>","list":[1,null,true],"none":null}`)
	tests := []struct{ expression, want string }{
		{".id", "12345678901234567890123\n"},
		{".id + 1", "12345678901234567890124\n"},
		{".small", "9007199254740993\n"},
		{".exact", "1.10\n"},
		{"[.small]", "[9007199254740993]\n"},
		{".name", "Ann\n"},
		{".text", "a\nb\n"},
		{".html", "<&>\n"},
		{"{html}", `{"html":"<&>"}` + "\n"},
		{".esc", "\x1b[2J\u202e\n"}, // unchanged in a pipe
		{"[.esc]", `["\u001b[2J\u202e"]` + "\n"},
		{".list", "[1,null,true]\n"},
		{".list[]", "1\nnull\ntrue\n"},
		{".none, .missing", "null\nnull\n"},
		{"empty", ""},
		{".name, halt, .id", "Ann\n"},
		{"env, $ENV", "{}\n{}\n"}, // a filter cannot read the environment
	}
	for _, tt := range tests {
		t.Run(tt.expression, func(t *testing.T) {
			p, out := newPrinter(t, "", tt.expression)
			if err := p.Object(t.Context(), doc, nil, ""); err != nil {
				t.Fatal(err)
			}
			compare(t, out, tt.want)
		})
	}

	t.Run("text at a terminal", func(t *testing.T) {
		p, out := newPrinter(t, "", ".text, .esc", atTerminal(80)...)
		if err := p.Object(t.Context(), doc, nil, ""); err != nil {
			t.Fatal(err)
		}
		compare(t, out, "a\nb\n\ufffd[2J\ufffd\n")
	})
}

func TestFilterOfAList(t *testing.T) {
	tests := []struct {
		format     Format
		expression string
		want       string
	}{
		{"", "length", "2\n"},
		{JSON, ".[].id", "u_1\nu_2\n"},
		{JSON, ".[0].number", "18446744073709551615\n"},
		{NDJSON, ".id", "u_1\nu_2\n"},
		{NDJSON, "select(.number == 7) | {id}", `{"id":"u_2"}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.expression, func(t *testing.T) {
			p, out := newPrinter(t, tt.format, tt.expression)
			printList(t, p)
			compare(t, out, tt.want)
		})
	}

	t.Run("of nothing", func(t *testing.T) {
		p, out := newPrinter(t, "", "length, .[]")
		if err := p.List(t.Context(), columns).Close(); err != nil {
			t.Fatal(err)
		}
		compare(t, out, "0\n")
	})
}

func TestFilterThatDoesNotCompile(t *testing.T) {
	tests := []struct{ expression, want string }{
		{".[ | foo}", `--jq, line 1, column 4: unexpected token "|"
    .[ | foo}
       ^`},
		{".a[", `--jq, line 1, column 4: unexpected EOF
    .a[
       ^`},
		{`"é王" + }`, `--jq, line 1, column 8: unexpected token "}"
    "é王" + }
            ^`},
		{".a\n| .b }\n| .c", `--jq, line 2, column 6: unexpected token "}"
    | .b }
         ^`},
		{".a \x1b[2J", "--jq, line 1, column 4: unexpected token \"\\u001b\"\n    .a \ufffd[2J\n       ^"},
		{`"abc`, `--jq, line 1, column 5: unterminated string literal
    "abc
        ^`},
		{"nosuch(1)", "--jq nosuch(1): function not defined: nosuch/1"},
		{"$x", "--jq $x: variable not defined: $x"},
		{"input", "--jq input: input(s)/0 is not allowed"},
		{`include "x"; .`, `--jq include "x"; .: cannot load module: "x"`},
	}
	streams, _, _, _ := term.Test()
	for _, tt := range tests {
		t.Run(tt.expression, func(t *testing.T) {
			_, err := New(streams, "", tt.expression)
			var usage *UsageError
			if !errors.As(err, &usage) {
				t.Fatalf("error %v, want a usage error", err)
			}
			if err.Error() != tt.want {
				t.Errorf("error\n%s\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestFilterThatFails(t *testing.T) {
	for _, expression := range []string{
		".id, (.id | keys)", `.id, error("no")`, `.id, ("stop" | halt_error)`, ".id, ([] | .[1e20] = 1)",
	} {
		t.Run(expression, func(t *testing.T) {
			p, out := newPrinter(t, "", expression)
			err := p.Object(t.Context(), ann, nil, "")
			var usage *UsageError
			if err == nil || errors.As(err, &usage) || !strings.HasPrefix(err.Error(), "--jq: ") {
				t.Errorf("error %v, want one that names --jq and is no usage error", err)
			}
			compare(t, out, "u_1\n")
		})
	}
}

func TestFilterEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, _ := newPrinter(t, "", "repeat(1)")
	p.streams.Out = writerFunc(func([]byte) (int, error) { cancel(); return 0, nil })
	if err := p.Object(ctx, 1, nil, ""); err != context.Canceled {
		t.Errorf("Object: %v, want context.Canceled", err)
	}
	list := p.List(ctx, nil)
	if err := list.Add(nil, 1, ""); err != nil {
		t.Fatal(err)
	}
	if err := list.Close(); err != context.Canceled {
		t.Errorf("List: %v, want context.Canceled", err)
	}
}

func TestFilterStopsAtAClosedPipe(t *testing.T) {
	p, _ := newPrinter(t, "", "repeat(1)")
	p.streams.Out = &brokenWriter{}
	if err := p.Object(t.Context(), 1, nil, ""); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("error %v, want EPIPE", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func FuzzFilterCompiles(f *testing.F) {
	for _, seed := range []string{
		".", ".[] | select(.id > 1)", ".a[", "\"\\(1", "{a:", "reduce .[] as $x (0; . + $x)", "\xff", "é }", "# c\n}", "@base64d", "..[",
	} {
		f.Add(seed)
	}
	streams, _, _, _ := term.Test()
	f.Fuzz(func(t *testing.T, expression string) {
		_, err := New(streams, "", expression)
		var usage *UsageError
		if err != nil && !errors.As(err, &usage) {
			t.Errorf("error %v, want a usage error", err)
		}
		if err != nil && strings.ContainsFunc(strings.ReplaceAll(err.Error(), "\n", ""), term.IsControl) {
			t.Errorf("error %q can drive a terminal", err)
		}
	})
}
