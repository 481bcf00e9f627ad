package rest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func probe(t *testing.T, options Options) *Probe {
	t.Helper()
	found, err := SendProbe(t.Context(), options)
	must(t, err)
	return found
}

// reaches fails unless exactly so many of the four steps are done, TLS among
// them where it is spoken, and the next one says why it failed.
func (p *Probe) reaches(t *testing.T, lookup, connect, handshake, answer bool) {
	t.Helper()
	failed := 0
	for name, test := range map[string]struct {
		step Step
		want bool
	}{"look-up": {p.Lookup, lookup}, "connection": {p.Connect, connect}, "handshake": {p.TLS, handshake}, "answer": {p.Answer, answer}} {
		if test.step.Done != test.want || test.step.Done && test.step.Err != nil {
			t.Errorf("the %s is %+v, want done: %v", name, test.step, test.want)
		}
		if test.step.Err != nil {
			failed++
		}
	}
	if (failed == 1) == answer {
		t.Errorf("%d steps say that they failed: %+v", failed, p)
	}
}

func TestProbeTellsOfEachStep(t *testing.T) {
	own := newCA(t)
	date := time.Now().Add(-time.Hour)
	base := serveTLSWith(t, own, &tls.Config{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.Header.Get("Authorization") != "" || r.URL.Path != "/base" {
			t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
		}
		w.Header().Set("Date", date.UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	var traced []string
	options := withSecrets(Options{BaseURL: base + "/base", CAFile: own.file, Auth: tokenAuth(), Trace: func(line string) { traced = append(traced, line) }}, canaries())
	p := probe(t, options)
	p.reaches(t, true, true, true, true)
	if p.TLSVersion != "TLS 1.3" || p.Certificate == nil || p.Certificate.Issuer.CommonName != "own" || p.Remote != strings.TrimPrefix(base, "https://") {
		t.Errorf("got %+v", p)
	}
	if p.Status != http.StatusUnauthorized || !p.HasDate || (p.Ahead+time.Hour).Abs() > 30*time.Minute {
		t.Errorf("got %d, %v ahead", p.Status, p.Ahead)
	}
	if len(traced) != 2 {
		t.Errorf("traced %q", traced)
	}
}

func TestProbeOfACache(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		w.Header().Set("Age", "3600")
	})
	if p := probe(t, Options{BaseURL: base}); !p.HasDate || p.Ahead.Abs() > 30*time.Minute {
		t.Errorf("got %v ahead", p.Ahead)
	}
	base = serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header()["Date"] = nil })
	if p := probe(t, Options{BaseURL: base}); p.HasDate || !p.Answer.Done {
		t.Errorf("got %+v", p)
	}
}

func TestProbeNamesTheStepThatFails(t *testing.T) {
	own := newCA(t)
	t.Run("a name that is none", func(t *testing.T) {
		p := probe(t, Options{BaseURL: "https://nosuch.invalid", Timeout: 5 * time.Second})
		p.reaches(t, false, false, false, false)
		if p.Lookup.Err == nil {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("a connection that is refused", func(t *testing.T) {
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		must(t, closed.Close())
		p := probe(t, Options{BaseURL: "https://" + closed.Addr().String()})
		p.reaches(t, true, false, false, false)
		if p.Connect.Err == nil {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("an authority that is not known", func(t *testing.T) {
		p := probe(t, Options{BaseURL: serveTLS(t, own, &tls.Config{})})
		p.reaches(t, true, true, false, false)
		if _, ok := errors.AsType[x509.UnknownAuthorityError](p.TLS.Err); !ok || p.Certificate == nil {
			t.Errorf("got %v, %v", p.TLS.Err, p.Certificate)
		}
	})
	t.Run("a certificate that has expired", func(t *testing.T) {
		p := probe(t, Options{BaseURL: serveExpired(t, own), CAFile: own.file})
		p.reaches(t, true, true, false, false)
		invalid, ok := errors.AsType[x509.CertificateInvalidError](p.TLS.Err)
		if !ok || invalid.Reason != x509.Expired || p.Certificate == nil || p.Certificate.NotAfter.After(time.Now()) {
			t.Errorf("got %v, %v", p.TLS.Err, p.Certificate)
		}
	})
	t.Run("a version that is too old", func(t *testing.T) {
		p := probe(t, Options{BaseURL: serveTLS(t, own, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), CAFile: own.file})
		p.reaches(t, true, true, false, false)
	})
	t.Run("an answer that does not come", func(t *testing.T) {
		over := make(chan struct{})
		base := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
		p := probe(t, Options{BaseURL: base, Timeout: 50 * time.Millisecond})
		close(over)
		p.reaches(t, true, true, false, false)
		if p.Answer.Err == nil {
			t.Errorf("got %+v", p)
		}
	})
}

// serveExpired starts a server whose certificate was good until yesterday.
func serveExpired(t *testing.T, ca *authority) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "expired"},
		NotBefore: time.Now().AddDate(0, 0, -9), NotAfter: time.Now().AddDate(0, 0, -1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	must(t, err)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func TestProbeGoesThroughTheProxy(t *testing.T) {
	refusing := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "api.example.com:443" {
			t.Errorf("got %s %s", r.Method, r.Host)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	proxy := "http://user:proxy-secret@" + strings.TrimPrefix(refusing, "http://")
	p := probe(t, Options{BaseURL: "https://api.example.com", Env: environment(map[string]string{"HTTPS_PROXY": proxy})})
	p.reaches(t, true, true, false, false)
	if p.TLS.Err == nil || !strings.Contains(p.TLS.Err.Error(), "Proxy Authentication Required") || strings.Contains(p.TLS.Err.Error(), "proxy-secret") {
		t.Errorf("got %v", p.TLS.Err)
	}
	forwarding := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://elsewhere.example.com/?secret")
		w.WriteHeader(http.StatusMovedPermanently)
	})
	p = probe(t, Options{BaseURL: "http://api.example.com", AllowHTTP: true, Env: environment(map[string]string{"http_proxy": forwarding})})
	p.reaches(t, true, true, false, true)
	if p.Location != "elsewhere.example.com" {
		t.Errorf("the redirect leads to %q", p.Location)
	}
}

func TestRoute(t *testing.T) {
	const base = "https://api.example.com/v1"
	for name, test := range map[string]struct {
		base string
		env  map[string]string
		want Route
	}{
		"direct":            {base, nil, Route{}},
		"proxy":             {base, map[string]string{"HTTPS_PROXY": "http://u:proxy-secret@proxy.example.com:3128"}, Route{Proxy: "http://proxy.example.com:3128", Variable: "HTTPS_PROXY"}},
		"lower case":        {base, map[string]string{"https_proxy": "proxy.example.com:3128"}, Route{Proxy: "http://proxy.example.com:3128", Variable: "https_proxy"}},
		"exempt":            {base, map[string]string{"HTTPS_PROXY": "proxy.example.com:3128", "NO_PROXY": ".example.com"}, Route{Variable: "HTTPS_PROXY", Exempt: true}},
		"of another scheme": {base, map[string]string{"HTTP_PROXY": "proxy.example.com:3128"}, Route{}},
		"this machine":      {"http://127.0.0.1:4010", map[string]string{"HTTP_PROXY": "proxy.example.com:3128"}, Route{Variable: "HTTP_PROXY", Exempt: true}},
	} {
		got, err := RouteOf(Options{BaseURL: test.base, Env: environment(test.env)})
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	_, err := RouteOf(Options{BaseURL: base, Env: environment(map[string]string{"HTTPS_PROXY": "http://u:" + url.QueryEscape("proxy-secret") + "@a:b"})})
	if err == nil || !strings.Contains(err.Error(), "HTTPS_PROXY") || strings.Contains(err.Error(), "proxy-secret") {
		t.Errorf("got %v", err)
	}
}

func TestProbeRefusesWhatNothingIsSentTo(t *testing.T) {
	for name, options := range map[string]Options{
		"base-url": {BaseURL: "http://api.example.com"},
		"ca-file":  {BaseURL: "https://api.example.com", CAFile: "nosuch.pem"},
	} {
		if _, err := SendProbe(t.Context(), options); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want it to name %s", err, name)
		}
	}
}
