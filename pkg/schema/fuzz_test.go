package schema_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// FuzzDecode holds for any JSON object: what is read can be written and read
// again, and no fault tells what stood at the place of a secret.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"email":null}`, `{"email":"ann@example.com","age":1,"active":true,"roles":["a",1,null]}`,
		`{"name":{"given":"A","family":[]}}`, `{"name":"A"}`, `{"extra":{"device":{"id":"x","is":"y"}}}`,
		`{"teams":[{"team":"blue","rank":1e3},"red",[],{}]}`, `{"password":{"a":"b"},"pins":["x"],"credentials":"y"}`,
		`{"credentials":{"recovery":{"code":5}},"pins":[{"device":"d","pin":["x"]},{"pun":"x"}]}`,
		`{"emial":1,"a/b~c":{"":{}},"":0}`, `{"age":123456789012345678901234567890,"tenant":1.0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var members map[string]any
		if decoder.Decode(&members) != nil {
			t.Skip("no JSON object")
		}
		for _, name := range []string{"password", "pins", "credentials"} {
			if value, ok := members[name]; ok {
				members[name] = withCanary(value)
			}
		}
		record, fieldErrs := people().Decode(members)
		if said := wordings(fieldErrs); strings.Contains(said, canary) {
			t.Fatalf("the faults tell a secret:\n%s", said)
		}
		encoded, err := people().Encode(record)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, fieldErrs := people().Decode(document(t, string(encoded)))
		if want := body(people(), record); len(fieldErrs) > 0 || !reflect.DeepEqual(again, want) {
			t.Fatalf("%s\ngot  %#v, %v\nwant %#v", encoded, again, fieldErrs, want)
		}
	})
}

// withCanary puts the canary in the place of every text.
func withCanary(value any) any {
	switch value := value.(type) {
	case string:
		return canary
	case []any:
		for i := range value {
			value[i] = withCanary(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = withCanary(value[key])
		}
	}
	return value
}

// FuzzParse holds for any text in any field: a value or a fault, never both;
// a valid value's own text is read as the same value; and a fault is fit for a
// terminal.
func FuzzParse(f *testing.F) {
	for i, text := range []string{"12", "ann@example.com", "p", " ", "", "x", "-0", "YES", "a;b;;", "blue:1:yes;red", "d:p;e", "c\x1b[0m\xff"} {
		f.Add(uint8(i), text)
	}
	f.Fuzz(func(t *testing.T, index uint8, text string) {
		table := people()
		f := table[int(index)%len(table)]
		value, fieldErr := f.Parse(text)
		if (value == nil) == (fieldErr == nil) {
			t.Fatalf("%s %q: value %#v and fault %v", f.Name, text, value, fieldErr)
		}
		if fieldErr != nil {
			if strings.ContainsFunc(fieldErr.Error(), func(r rune) bool { return unicode.Is(unicode.C, r) }) {
				t.Fatalf("%s %q: %q holds characters that a terminal obeys", f.Name, text, fieldErr.Error())
			}
			return
		}
		if len(f.Check(value)) > 0 {
			return
		}
		if again, fieldErr := f.Parse(f.Text(value)); fieldErr != nil || !reflect.DeepEqual(again, value) {
			t.Fatalf("%s %q: %#v is written %q and read %#v, %v", f.Name, text, value, f.Text(value), again, fieldErr)
		}
	})
}

// FuzzFoldName holds for any text: folding twice changes nothing more.
func FuzzFoldName(f *testing.F) {
	for _, seed := range []string{"", "E-mail address", "straße", "İstanbul", "jose\u0301", "\u1fb3\u0345\u0301", "\ufb03\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := schema.FoldName(text)
		if twice := schema.FoldName(once); twice != once {
			t.Fatalf("FoldName(%q) = %q, and of that %q", text, once, twice)
		}
	})
}

// FuzzNest holds for any JSON object: nothing is lost, what has its documented
// place stays, and the result does not depend on the order of a map.
func FuzzNest(f *testing.F) {
	for _, seed := range []string{
		`{"name.given":"A"}`, `{"mail":"a","E-Mail Address":"b"}`, `{"name":{"given":"A"},"first name":"B","name.family":"C"}`,
		`{"name":1,"name.given":"A"}`, `{"role":["a"],"unheard":{}}`, `{"extra":{"device":[]},"device":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var members map[string]any
		if json.Unmarshal(text, &members) != nil {
			t.Skip("no JSON object")
		}
		first := people().Nest(members)
		for range 3 {
			if again := people().Nest(members); !reflect.DeepEqual(again, first) {
				t.Fatalf("two results: %v and %v", first, again)
			}
		}
		if before, after := leaves(members), leaves(first); before != after {
			t.Fatalf("%d values became %d: %v", before, after, first)
		}
	})
}

// leaves counts the values that are no objects.
func leaves(value any) int {
	object, ok := value.(map[string]any)
	if !ok {
		return 1
	}
	count := 0
	for _, inner := range object {
		count += leaves(inner)
	}
	return count
}
