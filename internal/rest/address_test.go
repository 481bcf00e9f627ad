package rest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestCheckBaseURL(t *testing.T) {
	for _, good := range []string{
		"https://api.example.com", "https://api.example.com/", "HTTPS://API.example.com:8443/v1/", "http://localhost:4010",
		"http://127.0.0.1", "http://127.9.9.9:80/x", "http://[::1]:4010", "http://LOCALHOST",
	} {
		if err := CheckBaseURL(good, false); err != nil {
			t.Errorf("%s: got %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                                   "base-url is required",
		"api.example.com":                    "did you mean https://api.example.com?",
		"api.example.com:8443/v1":            "did you mean https://api.example.com:8443/v1?",
		"localhost:4010":                     "did you mean http://localhost:4010?",
		"/v1":                                "must begin with https://",
		"ann:hunter22@api.example.com":       "must begin with https://",
		"ftp://api.example.com":              "must begin with https://",
		"https://":                           "must be a URL",
		"https:///v1":                        "must be a URL",
		"https://api.example.com:port":       "must be a URL",
		"https://api.example.com/%zz":        "must be a URL",
		"https://ann:hunter22@example.com":   "username or password",
		"https://hunter22@example.com":       "username or password",
		"https://api.example.com?t=hunter22": "query or a fragment",
		"https://api.example.com/?":          "query or a fragment",
		"https://api.example.com/#hunter22":  "query or a fragment",
		"https://api.sulu.sh/v0http://[::1]": "second address",
		"http://api.example.com/v1":          "allow-http: true",
		"http://localhost.example.com":       "allow-http: true",
		"http://127.0.0.1.example.com":       "allow-http: true",
		"http://0.0.0.0":                     "allow-http: true",
	} {
		err := CheckBaseURL(bad, false)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "base-url") {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%q: the error tells a secret: %v", bad, err)
		}
	}
	if err := CheckBaseURL("http://api.example.com", true); err != nil {
		t.Errorf("allowed http: got %v", err)
	}
}

func TestAddressesAreJoinedWithOneSlash(t *testing.T) {
	for _, test := range []struct{ base, path, want string }{
		{"https://api.example.com", "/users", "https://api.example.com/users"},
		{"https://api.example.com/", "/users", "https://api.example.com/users"},
		{"https://api.example.com/v1//", "//users", "https://api.example.com/v1/users"},
		{"https://api.example.com/a%2Fb/", "/users/c%2Fd%40e", "https://api.example.com/a%2Fb/users/c%2Fd%40e"},
		{"https://api.example.com", "//evil.example.com/x", "https://api.example.com/evil.example.com/x"},
	} {
		target, err := newTarget(test.base)
		must(t, err)
		got, err := target.address(provider.Request{Path: test.path})
		if err != nil || got != test.want {
			t.Errorf("%s + %s: got %q, %v", test.base, test.path, got, err)
		}
	}
}

// FuzzAddress: what passes the check is an address whose requests pass the
// guard, whatever the path.
func FuzzAddress(f *testing.F) {
	f.Add("https://api.example.com/v1/", "/users")
	f.Add("http://[::1]:80", "/users/a%2Fb")
	f.Add("https://ann:secret@api.example.com", "@evil.example.com")
	f.Add("api.example.com", "//evil.example.com")
	f.Add("https://api.example.com%00", "/\\evil.example.com")
	f.Add("HTTPS://Ärger.example.com", "/%2e%2e/")
	f.Fuzz(func(t *testing.T, base, path string) {
		if CheckBaseURL(base, true) != nil {
			return
		}
		target, err := newTarget(base)
		if err != nil {
			t.Fatalf("%q passed the check: %v", base, err)
		}
		address, err := target.address(provider.Request{Path: path})
		if err != nil {
			return
		}
		parsed, err := url.Parse(address)
		if err != nil || target.guard(parsed) != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
			t.Errorf("%q + %q gave %q", base, path, address)
		}
	})
}
