package shared_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/shared"
	"github.com/bring-aboard/usher/internal/pgtest"
)

// refusal opens a ledger that must be refused, and returns why. No error contains a password.
func refusal(t *testing.T, address string) *ledger.Error {
	t.Helper()
	l, err := shared.Open(t.Context(), shared.Config{URL: address, Key: key, Dir: t.TempDir()})
	if err == nil {
		_ = l.Close()
		t.Fatal("it was opened")
	}
	failure, ok := err.(*ledger.Error)
	if !ok || len(failure.Next) == 0 || strings.Contains(failure.Error()+strings.Join(failure.Next, ""), pgtest.Password) {
		t.Fatalf("%T %v", err, err)
	}
	return failure
}

// with returns a URL with another host or other parameters.
func with(t *testing.T, address, host string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		u.Host = host + ":" + u.Port()
	}
	query := u.Query()
	for n := 0; n < len(parameters); n += 2 {
		query.Set(parameters[n], parameters[n+1])
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	database := cluster.Database(t)
	secure := cluster.TLS(t, database)
	other := filepath.Join(t.TempDir(), "other.crt")
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := pgtest.Certificate(otherKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		url           string
		tls, verified bool
	}{
		"verify-full": {secure, true, true},
		"require":     {with(t, database, "", "sslmode", "require"), true, false},
		"disable":     {database, false, false},
	} {
		l := open(t, want.url, t.TempDir())
		server, err := l.Server(t.Context())
		if err != nil || server.TLS != want.tls || server.Verified != want.verified || !server.Local {
			t.Errorf("%s: %+v, %v", name, server, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	const ofTLS = "check sslmode, sslrootcert and the host in the URL of the ledger (see docs/guides/team.md)"
	for name, address := range map[string]string{
		"another certificate":  with(t, secure, "", "sslrootcert", other),
		"no known certificate": with(t, secure, "", "sslrootcert", "system"),
		"another host name":    with(t, secure, "127.0.0.1"),
		"no TLS":               with(t, cluster.Bouncer(t, database), "", "sslmode", "require"),
	} {
		if failure := refusal(t, address); failure.Kind != ledger.Denied || failure.Next[0] != ofTLS {
			t.Errorf("%s: %s: %v, %q", name, failure.Kind, failure, failure.Next)
		}
	}
	if failure := refusal(t, with(t, secure, "", "sslrootcert", other+"-not")); !strings.Contains(failure.Error(), other+"-not") {
		t.Errorf("a certificate that does not exist: %v", failure)
	}
}

// A password is never sent over a connection that a machine on the way decides not to encrypt. No name is looked up before.
func TestConnectionsThatMayNotBeEncrypted(t *testing.T) {
	t.Parallel()
	const address = "postgres://usher:" + pgtest.Password + "@db.invalid:5432/usher"
	for _, mode := range []string{"", "?sslmode=prefer", "?sslmode=allow"} {
		if failure := refusal(t, address+mode); failure.Kind != ledger.Denied || !strings.HasPrefix(failure.Next[0], "add sslmode=verify-full") {
			t.Errorf("%q: %s: %v, %q", mode, failure.Kind, failure, failure.Next)
		}
	}
	if failure := refusal(t, strings.Replace(address, "@", "@localhost:1,", 1)); failure.Kind != ledger.Denied {
		t.Errorf("two hosts: %v", failure)
	}
	for _, mode := range []string{"disable", "require", "verify-full"} { // the name does not exist
		if failure := refusal(t, address+"?sslmode="+mode); failure.Kind != ledger.Unreachable {
			t.Errorf("%s: %s: %v", mode, failure.Kind, failure)
		}
	}
}
