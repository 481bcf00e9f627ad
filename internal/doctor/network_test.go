package doctor

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/rest"
)

// is fails unless a check has this status and these words.
func (c Check) is(t *testing.T, status Status, words ...string) {
	t.Helper()
	if c.Status != status {
		t.Errorf("%s is %s (%s), want %s", c.Name, c.Status, c.Detail, status)
	}
	for _, word := range words {
		if !strings.Contains(c.Detail+"\n"+c.Next, word) {
			t.Errorf("%s: %q, next %q, lacks %q", c.Name, c.Detail, c.Next, word)
		}
	}
}

func certificate(expires time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: "api.example.com"}, Issuer: pkix.Name{CommonName: "Example CA"}, NotAfter: expires,
	}
}

func TestHandshake(t *testing.T) {
	in := func(d time.Duration) *x509.Certificate { return certificate(time.Now().Add(d)) }
	const show = "usher profiles show acme"
	for name, test := range map[string]struct {
		probe  rest.Probe
		caFile string
		status Status
		words  []string
	}{
		"good": {rest.Probe{TLS: rest.Step{Done: true}, TLSVersion: "TLS 1.3", Certificate: in(1000 * time.Hour)}, "", OK,
			[]string{"TLS 1.3, certificate of api.example.com by Example CA, valid until "}},
		"with a file": {rest.Probe{TLS: rest.Step{Done: true}, TLSVersion: "TLS 1.2", Certificate: in(1000 * time.Hour)}, "own.pem", OK,
			[]string{", also trusting own.pem"}},
		"expires soon": {rest.Probe{TLS: rest.Step{Done: true}, Certificate: in(time.Hour)}, "", Warning, []string{"inform the provider"}},
		"expired": {rest.Probe{TLS: rest.Step{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, Certificate: in(-time.Hour)}, "", Failed,
			[]string{"valid until ", "set this machine's clock"}},
		"unknown": {rest.Probe{TLS: rest.Step{Err: fmt.Errorf("tls: %w", x509.UnknownAuthorityError{})}, Certificate: in(time.Hour)}, "", Failed,
			[]string{"by Example CA", "ca-file"}},
		"of another host": {rest.Probe{TLS: rest.Step{Err: x509.HostnameError{Certificate: in(time.Hour), Host: "b"}}}, "", Failed, []string{"check base-url"}},
		"of a proxy":      {rest.Probe{TLS: rest.Step{Err: errors.New("Proxy Authentication Required")}}, "", Failed, []string{"Proxy Authentication", "check base-url and the proxy"}},
		"not reached":     {rest.Probe{}, "", Skipped, []string{"a previous check failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			handshake(&test.probe, rest.Options{CAFile: test.caFile}, show).is(t, test.status, test.words...)
		})
	}
}

func TestClock(t *testing.T) {
	answered := rest.Step{Done: true}
	for name, test := range map[string]struct {
		probe  rest.Probe
		status Status
		words  []string
	}{
		"right":       {rest.Probe{Answer: answered, HasDate: true, Ahead: -mostSkew}, OK, []string{"matches"}},
		"behind":      {rest.Probe{Answer: answered, HasDate: true, Ahead: 90 * time.Second}, Warning, []string{"this machine's clock is 1m30s behind the provider's", "set this machine's clock"}},
		"ahead":       {rest.Probe{Answer: answered, HasDate: true, Ahead: -2 * time.Hour}, Warning, []string{"this machine's clock is 2h0m0s ahead of the provider's"}},
		"no date":     {rest.Probe{Answer: answered, Status: 404}, Skipped, []string{"404 Not Found without a Date header"}},
		"redirect":    {rest.Probe{Answer: answered, Status: 302, Location: "login.example.com"}, Warning, []string{"302 Found", `"login.example.com"`, "check base-url"}},
		"no answer":   {rest.Probe{Answer: rest.Step{Err: errors.New("timeout")}}, Failed, []string{"timeout"}},
		"not reached": {rest.Probe{}, Skipped, nil},
	} {
		t.Run(name, func(t *testing.T) { clock(&test.probe, "usher profiles show acme").is(t, test.status, test.words...) })
	}
}

func TestProxy(t *testing.T) {
	proxy(rest.Route{}).is(t, OK, "none")
	proxy(rest.Route{Proxy: "http://proxy.example.com:3128", Variable: "https_proxy"}).is(t, OK, "http://proxy.example.com:3128, from https_proxy")
	proxy(rest.Route{Variable: "HTTPS_PROXY", Exempt: true}).is(t, OK, "not used for this host", "NO_PROXY")
}

func TestSpaceInWords(t *testing.T) {
	for bytes, want := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 100 << 20: "100 MiB", 63 << 30: "63 GiB", 5000 << 40: "5000 TiB"} {
		if got := inWords(bytes); got != want {
			t.Errorf("%d: got %q, want %q", bytes, got, want)
		}
	}
	if free, known := freeSpace(t.TempDir()); known && free == 0 {
		t.Error("the disk of the tests is full")
	}
	if _, known := freeSpace("nosuch"); known {
		t.Error("a folder that is none has space")
	}
}
