package rest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The defaults of [Options].
const (
	DefaultTimeout   = 30 * time.Second
	DefaultWorkers   = 32
	DefaultMaxBody   = 8 << 20
	DefaultUserAgent = "usher"
)

// Options are the settings for reaching a profile's provider. Only BaseURL is required. The functions are called from
// several goroutines at once.
type Options struct {
	// BaseURL is the address that every request is below.
	BaseURL string
	// Auth is the way in which requests are authenticated.
	Auth provider.Auth
	// IsSet reports whether the profile sets a setting, secret or not. It resolves nothing.
	IsSet func(setting string) bool
	// Setting returns the value of a setting that is not secret, its default if nothing sets it; ok reports whether
	// there is one.
	Setting func(setting string) (value string, ok bool)
	// Secret resolves the reference of a secret setting. It is called on first use,
	// once for all goroutines, and again after a 401. The text of its error is shown.
	Secret func(ctx context.Context, setting string) (string, error)
	// Reason returns the provider's documented error body as one sentence, "" if there is none in it; nil if none is
	// documented.
	Reason func(body []byte) string
	// Quota are the headers with the provider's rate limit, if their names are not common ones.
	Quota provider.Quota

	// Timeout is the time that a request may take, from waiting for a connection to
	// the response's last byte; DefaultTimeout for 0. Resolving a secret is not bounded
	// by it.
	Timeout time.Duration
	// CAFile is a file of PEM certificates to trust in addition to the system's own.
	CAFile string
	// ClientCert and ClientKey are the PEM files of a client certificate and its key. Without ClientKey, ClientCert
	// contains both.
	ClientCert, ClientKey string
	// AllowHTTP allows plain http:// beyond the loopback address.
	AllowHTTP bool
	// Workers is the largest number of connections to a host at a time;
	// DefaultWorkers for 0.
	Workers int
	// MaxBody is the size in bytes, unpacked, beyond which a response is an error; DefaultMaxBody for 0.
	MaxBody int
	// UserAgent is sent unchanged, for example "usher/1.0.0"; DefaultUserAgent for "".
	UserAgent string
	// Env reads an environment variable, for the proxy; os.Getenv by default.
	Env func(name string) string

	// Dial opens a connection, for a server in this process; nil means the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Wrap returns a transport that watches the given one, for tests; nil for none.
	Wrap func(http.RoundTripper) http.RoundTripper

	// Trace receives one line for each request and each response, without secrets.
	Trace func(line string)
	// OnLimit receives what a response reported about the provider's rate limit.
	OnLimit func(Limit)
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.IsSet == nil {
		o.IsSet = func(string) bool { return false }
	}
	if o.Setting == nil {
		o.Setting = func(string) (string, bool) { return "", false }
	}
	if o.Secret == nil {
		o.Secret = func(_ context.Context, setting string) (string, error) {
			return "", fmt.Errorf("%s is required", setting)
		}
	}
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	o.Timeout = cmp.Or(max(o.Timeout, 0), DefaultTimeout)
	o.Workers = cmp.Or(max(o.Workers, 0), DefaultWorkers)
	o.MaxBody = cmp.Or(max(o.MaxBody, 0), DefaultMaxBody)
	o.UserAgent = cmp.Or(o.UserAgent, DefaultUserAgent)
	return o
}

// checkAddresses returns an error for a base URL or a token URL that credentials must not be sent to.
func (o Options) checkAddresses() error {
	if err := CheckBaseURL(o.BaseURL, o.AllowHTTP); err != nil {
		return err
	}
	if exchange := o.Auth.Uses(o.IsSet).ClientCredentials; exchange != nil {
		return checkURL(exchange.TokenURL, o.tokenURL(*exchange), o.AllowHTTP)
	}
	return nil
}

// tokenURL returns the address of the token endpoint: that of the profile, else the documented one below the base URL.
func (o Options) tokenURL(exchange provider.ClientCredentials) string {
	if address, ok := o.Setting(exchange.TokenURL); ok && address != "" || exchange.Path == "" {
		return address
	}
	return strings.TrimRight(o.BaseURL, "/") + exchange.Path
}

// checkCredentials returns an error for a profile that lacks a credential.
func (o Options) checkCredentials() error {
	if missing := o.Auth.Missing(o.IsSet); len(missing) > 0 {
		return fmt.Errorf("profile: %s is required", strings.Join(missing, ", "))
	}
	return nil
}
