package render

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/term"
)

func TestJSONEscapesWhatDrivesATerminal(t *testing.T) {
	tests := []struct{ in, want string }{
		{"<a&b>", `"<a&b>"` + "\n"},
		{"\x1b\x7f\u009b", `"\u001b\u007f\u009b"` + "\n"},
		{"a\u202eb\u2066\u2028", `"a\u202eb\u2066\u2028"` + "\n"},
		{"\U000e0001", `"\udb40\udc01"` + "\n"},
		{"王 é 🙂 👨\u200d👩", `"王 é 🙂 👨` + "\u200d" + `👩"` + "\n"},
		{"bad\xff", `"bad` + `\ufffd"` + "\n"},
	}
	for _, tt := range tests {
		got, err := encodeJSON(tt.in, "", "")
		if err != nil || string(got) != tt.want {
			t.Errorf("encodeJSON(%q) = %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	got, err := encodeJSON(json.RawMessage("\"raw\xff\""), "", "")
	if err != nil || string(got) != "\"raw\ufffd\"\n" {
		t.Errorf("raw text that is not UTF-8: %q, %v", got, err)
	}
}

func FuzzJSONKeepsValues(f *testing.F) {
	for _, seed := range []string{"", "plain", "\x1b[2J\x00", "\u202e\u2028", "\U000e0001", "\"\\/<&>", "line\nline"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := encodeJSON(map[string]string{s: s}, "", indent)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(strings.ReplaceAll(string(text), "\n", ""), term.IsControl) {
			t.Errorf("%q can drive a terminal", text)
		}
		var got map[string]string
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		s = string([]rune(s)) // U+FFFD for each byte that is not UTF-8
		if want := map[string]string{s: s}; !reflect.DeepEqual(got, want) {
			t.Errorf("read back %q, want %q", got, want)
		}
	})
}

func TestYAMLQuotesWhatIsNoString(t *testing.T) {
	tests := map[string]string{
		"plain": "plain", "u_1": "u_1", "ann@example.com": "ann@example.com", "+49 30 1234": "+49 30 1234",
		"":  `""`,
		"1": `"1"`, "00123": `"00123"`, "089": `"089"`, "1.5": `"1.5"`, "1e5": `"1e5"`, "0x1F": `"0x1F"`, "0o17": `"0o17"`,
		"-1": `"-1"`, "+4930": `"+4930"`, "1_000": `"1_000"`, ".5": `".5"`, "12:30": `"12:30"`, "1:20:30.5": `"1:20:30.5"`,
		"2026-01-31": `"2026-01-31"`, ".inf": `".inf"`, ".nan": `".nan"`, "-": `"-"`, "---": `"---"`, "...": `"..."`,
		"true": `"true"`, "False": `"False"`, "null": `"null"`, "~": `"~"`,
		"yes": `"yes"`, "No": `"No"`, "on": `"on"`, "OFF": `"OFF"`, "y": `"y"`, "N": `"N"`,
		"a\nb": `"a\nb"`, "a\tb": `"a\tb"`, "\x1b[2J": `"\e[2J"`, "\u202ex": `"\u202ex"`, "\U000e0001": `"\U000E0001"`,
		"王小明 Zoë":         "王小明 Zoë",
		"𠮷野 🙂":            `"\U00020BB7野 \U0001F642"`, // the library escapes code points beyond 16 bits
		"# not a comment": "'# not a comment'", "a: b": "'a: b'", "'": `''''`, "[x]": "'[x]'", "*a": "'*a'", "!t": "'!t'", "<<": `"<<"`,
	}
	for in, want := range tests {
		node, err := yamlOf(map[string]string{"v": in})
		if err != nil {
			t.Fatal(err)
		}
		text, err := encodeYAML(node)
		if err != nil || string(text) != "v: "+want+"\n" {
			t.Errorf("%q is printed as %s (%v), want v: %s", in, text, err, want)
		}
	}
}

func FuzzYAMLKeepsValues(f *testing.F) {
	for _, seed := range []string{
		`{"b":1,"a":[true,null,{"x":"y"}],"":""}`, `[]`, `{}`, `[[[]],{}]`, `"no"`, `"2026-01-31"`, `18446744073709551615`,
		`{"k":"a\nb"}`, `{"\n":" lead","<<":"#"}`, `["\u001b\u0085\u2028\u202e\ufeff","- x","? y",": z"]`, `{"a":"1:20","b":"0b1","c":"=","d":"\ttab "}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		var want any
		if json.Unmarshal([]byte(document), &want) != nil || hasNumber(want) {
			t.Skip()
		}
		node, err := yamlOf(want)
		if err != nil {
			t.Fatal(err)
		}
		text, err := encodeYAML(node)
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if bytes.ContainsFunc(bytes.ReplaceAll(text, []byte("\n"), nil), term.IsControl) {
			t.Errorf("%q can drive a terminal", text)
		}
		var got any
		if err := yaml.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s\nis printed as\n%s\nwhich is no YAML: %v", document, text, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\nis printed as\n%s\nwhich reads as %#v, want %#v", document, text, got, want)
		}
	})
}

// hasNumber reports whether a document contains numbers, for which the two libraries use different Go types.
func hasNumber(v any) bool {
	switch v := v.(type) {
	case float64:
		return true
	case []any:
		for _, element := range v {
			if hasNumber(element) {
				return true
			}
		}
	case map[string]any:
		for _, element := range v {
			if hasNumber(element) {
				return true
			}
		}
	}
	return false
}

func TestYAMLKeepsNumbersAndOrder(t *testing.T) {
	doc := json.RawMessage(`{"z":123456789012345678901234567890,"a":-0.10,"m":1e3,"list":[[1,2],[]],"deep":{"why":{},"x":[{"q":1,"p":2}]}}`)
	node, err := yamlOf(doc)
	if err != nil {
		t.Fatal(err)
	}
	text, err := encodeYAML(node)
	if err != nil {
		t.Fatal(err)
	}
	const want = `z: 123456789012345678901234567890
a: -0.10
m: 1e3
list:
  - - 1
    - 2
  - []
deep:
  why: {}
  x:
    - q: 1
      p: 2
`
	if string(text) != want {
		t.Errorf("printed\n%s\nwant\n%s", text, want)
	}
}
