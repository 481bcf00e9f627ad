package rest

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/oauth2"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	authorization = "Authorization"
	bearer        = "Bearer "
	basic         = "Basic "
)

// credentials contains the headers that authenticate requests. Secrets are resolved on first use, and access tokens are
// fetched once for all goroutines that need one.
type credentials struct {
	auth   provider.Auth // only what is used
	tokens *tokenSource  // nil without client credentials
	plain  func(setting string) (value string, ok bool)
	secret func(ctx context.Context, setting string) (string, error)
	login  func(ctx context.Context, session provider.Session, values map[string]string) (token string, err error)
	redact *redactor

	flight  flight[*grant]
	mu      sync.Mutex
	secrets map[string]string // by setting; nil until resolved
	current *grant            // nil until issued
}

// grant is one generation of credentials, identified by its address.
type grant struct {
	header http.Header
	token  *oauth2.Token // nil without client credentials

	// Of the credentials' mutex:
	rejected bool // answered with a 401
	spent    bool // rejected, and nothing new is to be had
}

// get returns credentials to send with. Rejected ones are renewed before anything else is sent with them.
func (c *credentials) get(ctx context.Context) (*grant, error) {
	if current := c.usable(); current != nil {
		return current, nil
	}
	return c.flight.do(ctx, func() (*grant, error) {
		if current := c.usable(); current != nil {
			return current, nil
		}
		if current := c.latest(); current != nil && c.isRejected(current) {
			return c.replace(ctx, current)
		}
		secrets, err := c.resolved(ctx)
		if err != nil {
			return nil, err
		}
		issued, err := c.issue(ctx, secrets)
		if err != nil {
			return nil, err
		}
		return c.keep(issued), nil
	})
}

// renew returns credentials that replace rejected ones: those that another goroutine has renewed meanwhile, or a new
// token from freshly resolved secrets. It returns the rejected ones if there is nothing new.
func (c *credentials) renew(ctx context.Context, rejected *grant) (*grant, error) {
	c.reject(rejected)
	return c.flight.do(ctx, func() (*grant, error) {
		if current := c.usable(); current != nil {
			return current, nil
		}
		return c.replace(ctx, rejected)
	})
}

// replace issues credentials from freshly resolved secrets, in a flight. If they
// are those that were rejected, these are spent.
func (c *credentials) replace(ctx context.Context, rejected *grant) (*grant, error) {
	secrets, err := c.resolve(ctx)
	if err != nil {
		return nil, err
	}
	issued, err := c.issue(ctx, secrets)
	if err != nil {
		return nil, err
	}
	if maps.EqualFunc(issued.header, rejected.header, slices.Equal[[]string]) {
		return c.spend(rejected), nil
	}
	return c.keep(issued), nil
}

// usable returns the current credentials, nil if there are none, they expire
// within seconds, or they were rejected and can perhaps be renewed.
func (c *credentials) usable() *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	current := c.current
	if current == nil || current.token != nil && !current.token.Valid() || current.rejected && !current.spent {
		return nil
	}
	return current
}

func (c *credentials) reject(refused *grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	refused.rejected = true
}

func (c *credentials) isRejected(current *grant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return current.rejected
}

func (c *credentials) spend(rejected *grant) *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	rejected.spent = true
	c.current = rejected
	return rejected
}

func (c *credentials) latest() *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

func (c *credentials) keep(issued *grant) *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = issued
	return issued
}

// resolved returns the secrets, resolving them on first use.
func (c *credentials) resolved(ctx context.Context) (map[string]string, error) {
	c.mu.Lock()
	secrets := c.secrets
	c.mu.Unlock()
	if secrets != nil {
		return secrets, nil
	}
	return c.resolve(ctx)
}

// resolve resolves every secret again.
func (c *credentials) resolve(ctx context.Context) (map[string]string, error) {
	secrets := map[string]string{}
	for _, setting := range c.settings() {
		secret, err := c.secret(ctx, setting)
		if err != nil {
			return nil, err
		}
		c.redact.learn(secret)
		if err := checkHeader(setting, secret); err != nil {
			return nil, err
		}
		secrets[setting] = secret
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.secrets = secrets
	return secrets, nil
}

// settings lists the settings whose secrets are needed. A client id or a username is a secret only if the profile does
// not contain it in plain text.
func (c *credentials) settings() []string {
	var settings []string
	for _, setting := range c.auth.Settings() {
		if _, plain := c.plain(setting); !plain {
			settings = append(settings, setting)
		}
	}
	return settings
}

// value returns a credential in plain text or from the secrets.
func (c *credentials) value(setting string, secrets map[string]string) string {
	if value, plain := c.plain(setting); plain {
		return value
	}
	return secrets[setting]
}

// issue returns credentials made of secrets, with a new token if one is used.
func (c *credentials) issue(ctx context.Context, secrets map[string]string) (*grant, error) {
	issued := &grant{header: http.Header{}}
	for _, header := range c.auth.Headers {
		issued.header[header.Name] = []string{header.Prefix + c.value(header.Setting, secrets)}
	}
	if used := c.auth.Basic; used != nil {
		pair := base64.StdEncoding.EncodeToString([]byte(c.value(used.Username, secrets) + ":" + c.value(used.Password, secrets)))
		c.redact.learn(pair)
		issued.header[authorization] = []string{basic + pair}
	}
	if session := c.auth.Session; session != nil {
		values := map[string]string{}
		for _, setting := range session.Settings {
			values[setting] = c.value(setting, secrets)
		}
		token, err := c.login(ctx, *session, values)
		if err != nil {
			return nil, err
		}
		issued.header[http.CanonicalHeaderKey(session.Header)] = []string{session.Prefix + token}
	}
	if c.tokens == nil {
		return issued, nil
	}
	token, err := c.tokens.fetch(ctx, secrets)
	if err != nil {
		return nil, err
	}
	issued.token = token
	issued.header[authorization] = []string{bearer + token.AccessToken}
	return issued, nil
}

// checkHeader returns an error for a credential that cannot be part of a header.
func checkHeader(what, credential string) error {
	switch {
	case credential == "":
		return fmt.Errorf("%s is empty", what)
	case !httpguts.ValidHeaderFieldValue(credential):
		return fmt.Errorf("%s contains a line break or another character that a header cannot contain", what)
	default:
		return nil
	}
}
