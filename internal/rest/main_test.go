package rest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bring-aboard/usher/pkg/provider"
)

// systemCA stands in for the system's own pool, which Go reads once in a process.
var systemCA *authority

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "rest")
	if err == nil {
		systemCA, err = newAuthority(folder, "system")
	}
	if err == nil {
		err = errors.Join(os.Setenv("SSL_CERT_FILE", systemCA.file), os.Setenv("SSL_CERT_DIR", folder))
	}
	if err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(folder)
		os.Exit(code)
	}))
}

// authority signs certificates for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(folder, name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, name+".pem")
	return &authority{certificate: certificate, key: key, file: file}, writePEM(file, "CERTIFICATE", der)
}

// issue returns a certificate for the loopback address and writes it with its key to files.
func (a *authority) issue(t *testing.T) (certificate tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "loopback"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	folder := t.TempDir()
	certFile, keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	must(t, writePEM(certFile, "CERTIFICATE", der))
	must(t, writePEM(keyFile, "PRIVATE KEY", private))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, certFile, keyFile
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve starts a server for a handler.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// serveRaw starts a server that handles each connection, counted from 1, with a
// function; the connection is closed when it returns.
func serveRaw(t *testing.T, handle func(number int, connection net.Conn, input *bufio.Reader)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	running.Go(func() {
		for number := 1; ; number++ {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
				defer func() { _ = connection.Close() }()
				handle(number, connection, bufio.NewReader(connection))
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		stop()
		running.Wait()
	})
	return "http://" + listener.Addr().String()
}

// readRequest reads one request with its body, nil if none comes.
func readRequest(t *testing.T, input *bufio.Reader) *http.Request {
	t.Helper()
	request, err := http.ReadRequest(input)
	if err != nil {
		return nil
	}
	buffer := make([]byte, request.ContentLength)
	if _, err := io.ReadFull(request.Body, buffer); err != nil {
		return nil
	}
	return request
}

// newClient returns a new client that is closed with the test.
func newClient(t *testing.T, options Options) *Client {
	t.Helper()
	client, err := New(options)
	must(t, err)
	t.Cleanup(client.Close)
	return client
}

// create is the request that tests send.
func create() provider.Request {
	return provider.Request{Op: "create the user", Method: http.MethodPost, Path: "/users", Body: []byte(`{"email":"ann@example.com"}`)}
}

// failureOf returns the provider's error within an error.
func failureOf(t *testing.T, err error) *provider.Error {
	t.Helper()
	failure, ok := errors.AsType[*provider.Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want a *provider.Error", err, err)
	}
	return failure
}

// wantClass fails unless an error has one of these classes.
func wantClass(t *testing.T, err error, classes ...provider.Class) {
	t.Helper()
	got := failureOf(t, err).Class
	for _, class := range classes {
		if got == class {
			return
		}
	}
	t.Errorf("got class %s (%v), want %v", got, err, fmt.Sprint(classes))
}

// tokenAuth sends the setting "token" as a bearer token.
func tokenAuth() provider.Auth {
	return provider.Auth{Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}}}
}

// withSecrets adds settings to options, all of them secret.
func withSecrets(options Options, secrets map[string]string) Options {
	options.IsSet = func(setting string) bool { _, ok := secrets[setting]; return ok }
	options.Secret = func(_ context.Context, setting string) (string, error) { return secrets[setting], nil }
	return options
}
