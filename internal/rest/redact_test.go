package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/provider"
)

func TestRedactedBodies(t *testing.T) {
	redact := newRedactor(provider.Auth{})
	redact.learn("s3cr3t", `q"uo<te`, "77777", "abc", "the-second-secret")
	for _, test := range []struct {
		body   string
		places [][]string
		guess  bool
		want   string
	}{
		{body: `{"b":1,"a":{"z":[1,2,{}],"y":null},"c":true,"e":[]}`, want: `{"b":1,"a":{"z":[1,2,{}],"y":null},"c":true,"e":[]}`},
		{body: ` { "n" : 12345678901234567890.50 , "e" : 1e400 } `, want: `{"n":12345678901234567890.50,"e":1e400}`},
		{body: `{"password":"x","user":{"pin":1234,"pins":[1]},"pin":5}`, places: [][]string{{"password"}, {"user", "pin"}}, want: `{"password":"[redacted]","user":{"pin":"[redacted]","pins":[1]},"pin":5}`},
		{body: `{"password":null}`, places: [][]string{{"password"}}, want: `{"password":"[redacted]"}`},
		{body: `{"emails":[{"v":"a"},{"v":"b"}]}`, places: [][]string{{"emails", "v"}}, want: `{"emails":[{"v":"[redacted]"},{"v":"[redacted]"}]}`},
		{body: `[{"v":{"deep":["x"]}}]`, places: [][]string{{"v"}}, want: `[{"v":"[redacted]"}]`},
		{body: `{"note":"the s3cr3t is q\"uo\u003cte","s3cr3t":1,"n":77777,"abc":"abc"}`, want: `{"note":"[redacted]","[redacted]":1,"n":"[redacted]","abc":"abc"}`},
		{body: `{"access_token":"t","expires_in":3,"apiKeys":[{"key":"k"}],"Client-Secret":{"a":1},"mustChangePassword":true,"passwordHash":null,"keyboard":"x"}`, guess: true,
			want: `{"access_token":"[redacted]","expires_in":3,"apiKeys":"[redacted]","Client-Secret":"[redacted]","mustChangePassword":true,"passwordHash":null,"keyboard":"x"}`},
		{body: `{"access_token":"t"}`, want: `{"access_token":"t"}`},
		{body: `"s3cr3t"`, want: `"[redacted]"`},
		{body: `{"a":"s3c","b":"r3t"}`, want: `{"a":"s3c","b":"r3t"}`},
		{body: `{"a":["the-sec","ond-sec"]}`, want: "[body of 27 bytes]"},
		{body: `<html>s3cr3t</html>`, want: "[body of 19 bytes]"},
		{body: `{"a":1} {"b":2}`, want: "[body of 15 bytes]"},
		{body: `{"a":`, want: "[body of 5 bytes]"},
		{body: `{"a":"<&>"}`, want: `{"a":"<&>"}`},
		{body: strings.Repeat("[", 100_000), want: "[body of 100000 bytes]"},
	} {
		if got := redact.body([]byte(test.body), test.places, test.guess); got != test.want {
			t.Errorf("%.80s: got %s, want %s", test.body, got, test.want)
		}
	}
}

func TestRedactedHeaders(t *testing.T) {
	redact := newRedactor(provider.Auth{Headers: []provider.AuthHeader{
		{Name: "Authorization", Prefix: "Bearer "}, {Name: "X-Custom"}, {Name: "X-Prefixed", Prefix: "Key "},
	}})
	redact.learn("s3cr3t")
	header := http.Header{
		"Authorization": {"Bearer abc", "Basic abc", "abc"}, "x-custom": {"v"}, "X-Prefixed": {"Key abc"}, "Cookie": {"a=b"},
		"Set-Cookie": {"c=d"}, "X-Other-Token": {"t"}, "Ocp-Apim-Subscription-Key": {"k"}, "Content-Location": {"/users/s3cr3t"}, "Accept": {"a"},
	}
	want := []string{
		"Accept: a", "Authorization: Basic [redacted]", "Authorization: Bearer [redacted]", "Authorization: [redacted]",
		"Content-Location: [redacted]", "Cookie: [redacted]", "Ocp-Apim-Subscription-Key: [redacted]", "Set-Cookie: [redacted]",
		"X-Other-Token: [redacted]", "X-Prefixed: Key [redacted]", "x-custom: [redacted]",
	}
	if got := redact.headerLines(header); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRedactedTexts(t *testing.T) {
	redact := newRedactor(provider.Auth{})
	redact.learn("secret", "secret-and-more", "abc", "")
	for text, want := range map[string]string{
		"not secret-and-more":                hidden,
		"not s%65cret":                       hidden,
		strings.Repeat("x", 5000) + "secret": strings.Repeat("x", 299) + "…",
		strings.Repeat("x", 3000) + "secret": hidden,
		"abc":                                "abc",
		"a\tb\r\n\x1b[31m c\u202e d ":        "a b [31m c d",
		"\xff":                               "\uFFFD",
		strings.Repeat("x", 301):             strings.Repeat("x", 299) + "…",
	} {
		if got := redact.sentence(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	known := redact.with([]string{"more"})
	for _, text := range []string{"is secret", "is more"} {
		if got := known.text(text); got != redacted {
			t.Errorf("%s: got %q", text, got)
		}
	}
	if got := redact.text("more"); got != "more" {
		t.Errorf("with changed the redactor: %q", got)
	}
}

func TestCausesHoldNoURL(t *testing.T) {
	redact := newRedactor(provider.Auth{})
	inner := errors.New(`proxy "http://ann:pw@proxy.example.com?x=y" refused`)
	err := redact.cause(&url.Error{Op: "Post", URL: "https://ann:pw@api.example.com/?token=t", Err: inner})
	if want := `proxy "http://proxy.example.com" refused`; err.Error() != want || !errors.Is(err, inner) {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestSecretsAtPlaces(t *testing.T) {
	body := []byte(`{"a":"one","b":[{"c":"two"},{"c":3}],"d":{"e":["four",{"f":"five"},true,null]},"g":"other"}`)
	got := secretsAt(body, [][]string{{"a"}, {"b", "c"}, {"d"}, {"a", "x"}, {"y"}})
	if want := []string{"one", "two", "3", "four", "five"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := secretsAt([]byte("garbage"), [][]string{{"a"}}); got != nil {
		t.Errorf("got %q", got)
	}
}

// FuzzRedactBody: JSON stays the same JSON in the same order, and no secret is left.
func FuzzRedactBody(f *testing.F) {
	f.Add([]byte(`{"password":"hunter22","a":[1,{"b":null}]}`), "hunter22")
	f.Add([]byte(`{"password":{"x":[1]}, "n":1e5, "s":"\u003c\ud800"}`), "\u003c\"xyz")
	f.Add([]byte(`[[[]],{},"",0.10]`), "")
	f.Add([]byte(`{"":"","":1}`), "abcd")
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		plain := newRedactor(provider.Auth{})
		shown := plain.body(body, nil, false)
		if json.Valid(body) && json.Valid([]byte(shown)) {
			var before, after any
			if decode(body, &before) == nil && decode([]byte(shown), &after) == nil && !reflect.DeepEqual(before, after) {
				t.Errorf("%s became %s", body, shown)
			}
		} else if want := fmt.Sprintf("[body of %d bytes]", len(body)); shown != want {
			t.Errorf("%q became %q", body, shown)
		}
		if again := plain.body([]byte(shown), nil, false); json.Valid([]byte(shown)) && again != shown {
			t.Errorf("%q is not stable: %q", shown, again)
		}
		set := leak.NewSet([]string{strings.ToValidUTF8(secret, "\uFFFD")}) // as JSON can hold it
		if set.Empty() || leak.Found(`"note":"[redacted]","password":"[redacted]"`, set) {
			return
		}
		plain.learn(secret)
		text, err := json.Marshal(map[string]any{"note": "x" + secret + "y", "password": secret})
		if err != nil {
			t.Fatal(err)
		}
		shown = plain.body(text, [][]string{{"password"}}, false)
		if want := `{"note":"[redacted]","password":"[redacted]"}`; shown != want && shown != fmt.Sprintf("[body of %d bytes]", len(text)) {
			t.Errorf("got %s, want %s", shown, want)
		}
	})
}

func decode(text []byte, into *any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// FuzzReason: whatever a provider says is one short line.
func FuzzReason(f *testing.F) {
	f.Add([]byte(`{"message":"no","violations":[{"field":"email","message":"bad"}]}`))
	f.Add([]byte(`{"error":{"message":"\u001b[31m\n"}}`))
	f.Add([]byte(`{"message":["a","b"],"violations":{}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		sentence := newRedactor(provider.Auth{}).sentence(genericReason(body))
		if len([]rune(sentence)) > maxText || sentence != printable(sentence) || strings.ContainsAny(sentence, "\n\r\t\x1b") {
			t.Errorf("%q gave %q", body, sentence)
		}
		if sentence != "" && !json.Valid(body) {
			t.Errorf("%q gave %q", body, sentence)
		}
	})
}
