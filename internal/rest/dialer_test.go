package rest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// serveTLS starts a server with a certificate of this authority.
func serveTLS(t *testing.T, ca *authority, config *tls.Config) string {
	t.Helper()
	return serveTLSWith(t, ca, config, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

func serveTLSWith(t *testing.T, ca *authority, config *tls.Config, handler http.Handler) string {
	t.Helper()
	certificate, _, _ := ca.issue(t)
	server := httptest.NewUnstartedServer(handler)
	config.Certificates = []tls.Certificate{certificate}
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func newCA(t *testing.T) *authority {
	t.Helper()
	ca, err := newAuthority(t.TempDir(), "own")
	must(t, err)
	return ca
}

func TestCAFileIsAddedToTheSystemsPool(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the system's pool cannot be replaced here")
	}
	own := newCA(t)
	for name, test := range map[string]struct {
		server *authority
		file   string
		class  provider.Class
		trust  bool
	}{
		"system alone":        {server: systemCA, trust: true},
		"system beside own":   {server: systemCA, file: own.file, trust: true},
		"own":                 {server: own, file: own.file, trust: true},
		"own without ca-file": {server: own},
	} {
		t.Run(name, func(t *testing.T) {
			base := serveTLS(t, test.server, &tls.Config{})
			_, err := newClient(t, Options{BaseURL: base, CAFile: test.file}).Do(t.Context(), create())
			switch {
			case test.trust:
				must(t, err)
			default:
				wantClass(t, err, provider.Unsent)
			}
		})
	}
}

func TestTLS11IsRefused(t *testing.T) {
	own := newCA(t)
	base := serveTLS(t, own, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	_, err := newClient(t, Options{BaseURL: base, CAFile: own.file}).Do(t.Context(), create())
	wantClass(t, err, provider.Unsent)
}

func TestClientCertificate(t *testing.T) {
	own := newCA(t)
	pool := x509.NewCertPool()
	pool.AddCert(own.certificate)
	base := serveTLS(t, own, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MaxVersion: tls.VersionTLS12})
	_, cert, key := own.issue(t)
	both := filepath.Join(t.TempDir(), "both.pem")
	certText, err := os.ReadFile(cert)
	must(t, err)
	keyText, err := os.ReadFile(key)
	must(t, err)
	must(t, os.WriteFile(both, append(certText, keyText...), 0o600))

	for name, options := range map[string]Options{
		"two files": {ClientCert: cert, ClientKey: key},
		"one file":  {ClientCert: both},
	} {
		t.Run(name, func(t *testing.T) {
			options.BaseURL, options.CAFile = base, own.file
			_, err := newClient(t, options).Do(t.Context(), create())
			must(t, err)
		})
	}
	t.Run("none", func(t *testing.T) {
		_, err := newClient(t, Options{BaseURL: base, CAFile: own.file}).Do(t.Context(), create())
		wantClass(t, err, provider.Unsent)
	})
}

func TestProxyComesFromTheEnvironment(t *testing.T) {
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "http://api.example.com/users" || r.Header.Get("Proxy-Authorization") == "" {
			t.Errorf("got %s", r.RequestURI)
		}
		w.WriteHeader(http.StatusCreated)
	})
	proxy = "http://user:proxy-secret@" + strings.TrimPrefix(proxy, "http://")
	for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
		client := newClient(t, Options{
			BaseURL: "http://api.example.com", AllowHTTP: true, Env: environment(map[string]string{name: proxy}),
		})
		_, err := client.Do(t.Context(), create())
		must(t, err)
	}
	t.Run("not for the loopback address", func(t *testing.T) {
		base := serve(t, func(http.ResponseWriter, *http.Request) {})
		_, err := newClient(t, Options{BaseURL: base, Env: environment(map[string]string{"HTTP_PROXY": "http://127.0.0.1:1"})}).Do(t.Context(), create())
		must(t, err)
	})
	t.Run("not for NO_PROXY", func(t *testing.T) {
		choose, err := proxyFunc(environment(map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "example.com"}))
		must(t, err)
		for host, proxied := range map[string]bool{"api.example.com": false, "api.example.org": true} {
			request, err := http.NewRequest(http.MethodGet, "https://"+host, nil)
			must(t, err)
			if chosen, err := choose(request); err != nil || (chosen != nil) != proxied {
				t.Errorf("%s: got %v, %v", host, chosen, err)
			}
		}
	})
}

func TestConstructorErrorsNameTheSetting(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.pem")
	must(t, os.WriteFile(garbage, []byte("garbage"), 0o600))
	missing := filepath.Join(folder, "missing.pem")
	const base = "https://api.example.com"
	exchange := provider.Auth{ClientCredentials: &provider.ClientCredentials{TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret"}}
	tokenURL := func(address string) func(string) (string, bool) {
		return func(setting string) (string, bool) { return address, setting == "token-url" }
	}
	for name, test := range map[string]struct {
		options Options
		want    []string
	}{
		"no base URL":         {Options{}, []string{"base-url"}},
		"ca-file missing":     {Options{BaseURL: base, CAFile: missing}, []string{"ca-file", missing}},
		"ca-file garbage":     {Options{BaseURL: base, CAFile: garbage}, []string{"ca-file", garbage, "PEM"}},
		"client-cert missing": {Options{BaseURL: base, ClientCert: missing, ClientKey: missing}, []string{"client-cert", missing}},
		"client-cert garbage": {Options{BaseURL: base, ClientCert: garbage}, []string{"client-cert"}},
		"client-key alone":    {Options{BaseURL: base, ClientKey: garbage}, []string{"client-key", "client-cert"}},
		"proxy":               {Options{BaseURL: base, Env: environment(map[string]string{"https_proxy": "http://user:proxy-secret@host:port"})}, []string{"HTTPS_PROXY"}},
		"no credential":       {Options{BaseURL: base, Auth: tokenAuth()}, []string{"token"}},
		"no client secret":    {Options{BaseURL: base, Auth: exchange, IsSet: func(s string) bool { return s == "client-id" }, Setting: tokenURL("https://t.example.com")}, []string{"client-secret"}},
		"token URL":           {Options{BaseURL: base, Auth: exchange, IsSet: always, Setting: tokenURL("http://t.example.com")}, []string{"token-url", "allow-http: true"}},
		"no token URL":        {Options{BaseURL: base, Auth: exchange, IsSet: always}, []string{"token-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.options.Env == nil {
				test.options.Env = environment(nil)
			}
			_, err := New(test.options)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want it to name %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "proxy-secret") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}
