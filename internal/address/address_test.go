package address

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNormal(t *testing.T) {
	for _, same := range [][]string{
		{"https://api.sulu.sh/v0", "HTTPS://API.Sulu.SH/v0", "https://api.sulu.sh:443/v0", "https://api.sulu.sh:/v0", "https://api.sulu.sh./v0/",
			"https://api.sulu.sh:0443/v0//", "https://api.sulu.sh/x/../v0", "https://api.sulu.sh/./v0/.", "https://api.sulu.sh/%76%30",
			"https://api.sulu.sh/x/%2e%2E/v0"},
		{"http://127.0.0.1:4010/a", "http://localhost:4010/a", "http://LocalHost.:4010/a/", "http://tenant.localhost:4010/a", "http://127.9.9.9:4010/a",
			"http://[::1]:4010/a", "http://[0:0:0:0:0:0:0:1]:4010/a", "http://[::ffff:127.0.0.1]:4010/a", "http://[::FFFF:7f00:1]:4010/a",
			"http://0.0.0.0:4010/a", "http://127.0.0.1.:4010/a", "http://１２７.0.0.1:4010/a"},
		{"http://127.0.0.1", "http://localhost/", "http://localhost:80//"},
		{"https://xn--bcher-kva.example", "https://Bücher.example/", "https://BÜCHER.example", "https://bu\u0308cher。example"},
		{"https://[2001:db8::1]", "https://[2001:DB8:0:0:0:0:0:1]:443"},
		{"https://10.0.0.1", "https://[::ffff:10.0.0.1]"},
		{"https://[fe80::1%25eth0]", "https://[FE80::1%25eth0]"},
		{"https://a.example/%C3%A4%2F~", "https://a.example/ä%2f%7E"},
		{"https://a.example", "https://a.example/..", "https://a.example/%2e/"},
		{"https://a.example/b//c", "https://a.example/b//x/../c/"},
		{"https://my_service.internal:8443", "https://MY_service.internal:8443"},
	} {
		for _, text := range same {
			if got, err := Normal(text); err != nil || got != same[0] {
				t.Errorf("%s: got %q, %v; want %s", text, got, err, same[0])
			}
		}
	}
	different := []string{
		"https://a.example", "http://a.example", "https://a.example:80", "https://a.example/v1", "https://a.example/V1", "https://b.example",
		"https://a.example/v1%2F", "https://a.example/a@b", "https://a.example/a%40b", "https://127.0.0.1", "http://127.0.0.1", "https://10.0.0.1",
		"https://a.example//v1", "https://xn--bcher-kva.example", "https://localhost.a.example",
	}
	seen := map[string]string{}
	for _, text := range different {
		got, err := Normal(text)
		if other, known := seen[got]; err != nil || known {
			t.Errorf("%s: got %q, %v, as of %s", text, got, err, other)
		}
		seen[got] = text
	}
}

func TestCheck(t *testing.T) {
	for bad, want := range map[string]string{
		"": "is required",
		"https://api.sulu.sh/v0http://127.0.0.1:4010":  "second address",
		"https://api.sulu.sh/v0http:/127.0.0.1":        "second address",
		"https://https://api.sulu.sh":                  "second address",
		"https://api.sulu.sh:8443HTTPS://hunter22":     "second address",
		"https://api.sulu.sh/v0 ":                      "space",
		" https://api.sulu.sh":                         "space",
		"https://api.sulu.sh/\u200b":                   "invisible character",
		"https://api.sulu.sh\n":                        "space",
		"https://api.sulu.sh\x00":                      "invisible character",
		"https://api.sulu.sh\\v0":                      "backslash",
		"https://api.sulu.sh/\xff":                     "invisible character",
		"https://ann:hunter22@api.sulu.sh":             "username or password",
		"https://hunter22@api.sulu.sh":                 "username or password",
		"https://ann:hunter22:@[x@api.sulu.sh":         "username or password",
		"https://api.sulu.sh?t=hunter22":               "query or a fragment",
		"https://api.sulu.sh/#hunter22":                "query or a fragment",
		"https://":                                     "must be a URL",
		"https:///v0":                                  "must be a URL",
		"https://:443":                                 "must be a URL",
		"https://api.sulu.sh:port":                     "must be a URL",
		"https://api.sulu.sh/%zz":                      "must be a URL",
		"https://api.sulu.sh:0":                        "port",
		"https://api.sulu.sh:65536":                    "port",
		"https://a..example":                           "host",
		"https://a.example..":                          "host",
		"https://a!b.example":                          "host",
		"https://127.1":                                "host",
		"https://2130706433":                           "host",
		"https://0x7f.0.0.0x1":                         "host",
		"https://127.0.0.01":                           "host",
		"https://" + strings.Repeat("a", 64) + ".test": "host",
		"ftp://api.sulu.sh":                            "must begin with https://",
		"hunter22":                                     "must begin with https://",
		"/v0":                                          "must begin with https://",
		"mailto:hunter22@example.com":                  "must begin with https://",
	} {
		err := Check(bad)
		if _, typed := errors.AsType[*Error](err); !typed || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%q: the error repeats a secret: %v", bad, err)
		}
	}
}

func TestMeant(t *testing.T) {
	for text, want := range map[string]string{
		"api.example.com":               "https://api.example.com",
		"api.example.com:8443/v1":       "https://api.example.com:8443/v1",
		"localhost:4010":                "http://localhost:4010",
		"127.0.0.1:4010":                "http://127.0.0.1:4010",
		"sk_live_0123456789":            "",
		"eyJhbGciOiJIUzI1NiJ9.e30.abcd": "",
		"ann:pass@api.example.com":      "",
		"0123.4567":                     "",
	} {
		failure, ok := errors.AsType[*Error](Check(text))
		if !ok || failure.Meant != want {
			t.Errorf("%s: got %+v, want %q", text, failure, want)
		}
	}
}

// The normal form does not depend on the spelling of an address.
func TestNormalFormOfAnySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]string{"http", "https"}).Draw(t, "scheme")
		host := rapid.StringMatching(`[a-z]{1,8}(\.[a-z0-9]{1,5}){0,2}\.[a-z]{2,4}`).Draw(t, "host")
		path := rapid.StringMatching(`(/[A-Za-z0-9_~-]{1,5}){0,3}`).Draw(t, "path")
		plain, err := Normal(scheme + "://" + host + path)
		if err != nil {
			t.Fatal(err)
		}
		spell := func(text string) string {
			var b strings.Builder
			for i := range len(text) {
				if char := text[i]; char != '/' && rapid.Bool().Draw(t, "escaped") {
					b.WriteString("%" + strings.ToLower(string("0123456789ABCDEF"[char>>4])+string("0123456789ABCDEF"[char&15])))
				} else {
					b.WriteByte(char)
				}
			}
			return b.String()
		}
		if rapid.Bool().Draw(t, "upper") {
			scheme, host = strings.ToUpper(scheme), strings.ToUpper(host)
		}
		port := rapid.SampledFrom([]string{"", ":", ":" + defaultPorts()[strings.ToLower(scheme)]}).Draw(t, "port")
		dot := rapid.SampledFrom([]string{"", "."}).Draw(t, "dot")
		dots := rapid.SampledFrom([]string{"", "/x/..", "/.", "/%2e"}).Draw(t, "dots")
		end := rapid.SampledFrom([]string{"", "/", "//", "/."}).Draw(t, "end")
		if port == ":" && dots+path == "" && end == "//" {
			end = "" // parsed as the beginning of a second address
		}
		spelled := scheme + "://" + host + dot + port + dots + spell(path) + end
		if got, err := Normal(spelled); err != nil || got != plain {
			t.Fatalf("%s: got %q, %v; want %q", spelled, got, err, plain)
		}
	})
}

// FuzzNormal checks that a valid address has one normal form, which is a valid address.
func FuzzNormal(f *testing.F) {
	for _, seed := range []string{
		"https://api.sulu.sh/v0", "HTTP://[::ffff:127.0.0.1]:080/%2e%2e/a%2fb", "https://Bücher.example./", "https://a/%", "http://[fe80::1%25en0]", "https://%61/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := Normal(text)
		if (err == nil) != (Check(text) == nil) {
			t.Fatalf("%q: Normal and Check do not agree: %v", text, err)
		}
		if err != nil {
			return
		}
		if again, err := Normal(normal); err != nil || again != normal {
			t.Errorf("%q has the normal form %q, and that one %q, %v", text, normal, again, err)
		}
	})
}
