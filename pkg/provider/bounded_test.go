package provider

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// A list may be as long as it likes, and no value in it.
func TestBounded(t *testing.T) {
	value := `"` + strings.Repeat("x", 1<<20) + `",`
	in := NewBounded(strings.NewReader("[" + strings.Repeat(value, 20) + `""]`))
	decoder := json.NewDecoder(in)
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	values := 0
	for decoder.More() {
		var text string
		if err := decoder.Decode(&text); err != nil {
			t.Fatalf("after %d values: %v", values, err)
		}
		values++
		in.Next()
	}
	if values != 21 {
		t.Errorf("read %d values of 21", values)
	}
}

func TestBoundedRefusesAnEndlessValue(t *testing.T) {
	for name, start := range map[string]string{"a text": `{"users":["`, "a name": `{"`, "a list in a list": `{"users":[[[`, "blanks": ` `} {
		endless := &repeated{start: []byte(start), unit: []byte("                x")}
		if name == "blanks" {
			endless.unit = []byte(" ")
		}
		var into any
		err := json.NewDecoder(NewBounded(endless)).Decode(&into)
		if err == nil {
			t.Errorf("%s was taken", name)
		}
		if endless.read > MaxValue {
			t.Errorf("%s: %d bytes were read", name, endless.read)
		}
	}
}

// repeated is a start and then one text for ever.
type repeated struct {
	start, unit []byte
	read        int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.start)
	r.start = r.start[n:]
	for n < len(p) && len(r.start) == 0 {
		n += copy(p[n:], r.unit)
	}
	r.read += n
	return n, nil
}

// What is read is what is there.
func TestBoundedKeepsTheBytes(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789"), 1000)
	if got, err := io.ReadAll(NewBounded(bytes.NewReader(want))); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// A bracket is read, and everything else is an error without its value.
func TestReadDelim(t *testing.T) {
	for text, ok := range map[string]bool{`[1]`: true, `{}`: false, `"canary"`: false, `null`: false, `]`: false, ``: false} {
		err := ReadDelim(json.NewDecoder(strings.NewReader(text)), '[')
		if (err == nil) != ok {
			t.Errorf("%q: got %v", text, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("the error has the value: %v", err)
		}
	}
}
