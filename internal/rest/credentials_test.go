package rest

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// exchangeAuth is Evolution's authentication: a token from client credentials, and a key.
func exchangeAuth() provider.Auth {
	return provider.Auth{
		Headers: []provider.AuthHeader{
			{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}, {Name: "X-API-Key", Setting: "api-key"},
		},
		ClientCredentials: &provider.ClientCredentials{TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret"},
	}
}

// exchangeOptions is a profile with client credentials.
func exchangeOptions(base, tokenURL string) Options {
	options := withSecrets(Options{BaseURL: base, Auth: exchangeAuth()},
		map[string]string{"client-id": "id:1", "client-secret": "client secret+1", "api-key": "api-key-1"})
	options.Setting = func(setting string) (string, bool) { return tokenURL, setting == "token-url" }
	return options
}

// issuer is a token endpoint that counts the tokens it gives: "issued-1", "issued-2" and so on.
type issuer struct {
	count     atomic.Int32
	expiresIn int
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token":"issued-%d","token_type":"Bearer","expires_in":%d}`, i.count.Add(1), i.expiresIn)
}

func TestTokenIsFetchedOnceForAll(t *testing.T) {
	tokens := &issuer{expiresIn: 3600}
	tokenURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		if r.Method != "POST" || string(body) != "grant_type=client_credentials" || user != "id%3A1" || password != "client+secret%2B1" {
			t.Errorf("got %s %s as %s:%s", r.Method, body, user, password)
		}
		if got := r.Header.Get("Accept"); got != "application/json" {
			t.Errorf("a token was requested with Accept: %s", got)
		}
		tokens.ServeHTTP(w, r)
	})
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization") + "," + r.Header.Get("X-API-Key"); got != "Bearer issued-1,api-key-1" {
			t.Errorf("got %s", got)
		}
	})
	options := exchangeOptions(base, tokenURL)
	var resolved atomic.Int32
	secret := options.Secret
	options.Secret = func(ctx context.Context, setting string) (string, error) {
		resolved.Add(1)
		return secret(ctx, setting)
	}
	client := newClient(t, options)
	doAll(t, client, 20)
	doAll(t, client, 20)
	if got := tokens.count.Load(); got != 1 {
		t.Errorf("got %d tokens, want 1", got)
	}
	if got := resolved.Load(); got != 3 {
		t.Errorf("secrets were resolved %d times, want 3", got)
	}
}

// doAll sends requests at once and fails on any error.
func doAll(t *testing.T, client *Client, requests int) {
	t.Helper()
	var group sync.WaitGroup
	for range requests {
		group.Go(func() {
			if _, err := client.Do(t.Context(), create()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestExpiredTokenIsRenewedAheadOfTime(t *testing.T) {
	tokens := &issuer{expiresIn: 9} // less than the ten seconds that are kept in reserve
	base := serve(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, exchangeOptions(base, serve(t, tokens.ServeHTTP)))
	for want := int32(1); want <= 3; want++ {
		_, err := client.Do(t.Context(), create())
		must(t, err)
		if got := tokens.count.Load(); got != want {
			t.Errorf("got %d tokens, want %d", got, want)
		}
	}
}

func TestConcurrent401sCauseOneRenewal(t *testing.T) {
	const requests = 20
	tokens := &issuer{expiresIn: 3600}
	var seen, created atomic.Int32
	allSeen := make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != string(create().Body) {
			t.Errorf("got body %s", body)
		}
		if r.Header.Get("Authorization") == "Bearer issued-1" {
			if seen.Add(1) == requests {
				close(allSeen)
			}
			<-allSeen
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		created.Add(1)
	})
	doAll(t, newClient(t, exchangeOptions(base, serve(t, tokens.ServeHTTP))), requests)
	if tokens.count.Load() != 2 || seen.Load() != requests || created.Load() != requests {
		t.Errorf("got %d tokens, %d refusals, %d creates", tokens.count.Load(), seen.Load(), created.Load())
	}
}

func TestNewTokenThatIsRefusedTooIsDenied(t *testing.T) {
	tokens := &issuer{expiresIn: 3600}
	var requests atomic.Int32
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
	_, err := newClient(t, exchangeOptions(base, serve(t, tokens.ServeHTTP))).Do(t.Context(), create())
	wantClass(t, err, provider.Denied)
	if requests.Load() != 2 || tokens.count.Load() != 2 {
		t.Errorf("got %d requests and %d tokens, want 2 and 2", requests.Load(), tokens.count.Load())
	}
}

func TestSecretIsResolvedAnewAfter401(t *testing.T) {
	var requests, resolved atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("Authorization") != "Bearer secret-2" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	options := Options{BaseURL: base, Auth: tokenAuth(), IsSet: always}
	options.Secret = func(context.Context, string) (string, error) {
		return fmt.Sprintf("secret-%d", resolved.Add(1)), nil
	}
	_, err := newClient(t, options).Do(t.Context(), create())
	must(t, err)
	if requests.Load() != 2 || resolved.Load() != 2 {
		t.Errorf("got %d requests and %d resolutions", requests.Load(), resolved.Load())
	}
}

func TestUnchangedSecretIsDeniedAtOnce(t *testing.T) {
	var requests, resolved atomic.Int32
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"message":"unknown key same-secret"}`)
	})
	options := Options{BaseURL: base, Auth: tokenAuth(), IsSet: always}
	options.Secret = func(context.Context, string) (string, error) {
		resolved.Add(1)
		return "same-secret", nil
	}
	client := newClient(t, options)
	for want := int32(1); want <= 3; want++ {
		_, err := client.Do(t.Context(), create())
		failure := failureOf(t, err)
		if failure.Class != provider.Denied || failure.Status != 401 || failure.Detail != hidden {
			t.Errorf("got %v", err)
		}
		if requests.Load() != want || resolved.Load() != 2 {
			t.Errorf("got %d requests and %d resolutions, want %d and 2", requests.Load(), resolved.Load(), want)
		}
	}
}

func TestSecretThatCannotBeRenewed(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	var resolved atomic.Int32
	options := Options{BaseURL: base, Auth: tokenAuth(), IsSet: always}
	options.Secret = func(context.Context, string) (string, error) {
		if resolved.Add(1) > 1 {
			return "", errBroken
		}
		return "secret-1", nil
	}
	_, err := newClient(t, options).Do(t.Context(), create())
	wantClass(t, err, provider.Denied)
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

func TestSecretErrorsAreNotCached(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) {})
	fail := true
	options := Options{BaseURL: base, Auth: tokenAuth(), IsSet: always}
	options.Secret = func(context.Context, string) (string, error) {
		if fail {
			return "", errBroken
		}
		return "secret-1", nil
	}
	client := newClient(t, options)
	if err := client.Prepare(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	_, err := client.Do(t.Context(), create())
	wantClass(t, err, provider.Unsent)
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	fail = false
	must(t, client.Prepare(t.Context()))
	_, err = client.Do(t.Context(), create())
	must(t, err)
}

// TestWhoWaitsForASecretOutlivesWhoAskedFirst: the first caller goes away while
// the secret is resolved; the second one must not fail with it.
func TestWhoWaitsForASecretOutlivesWhoAskedFirst(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) {})
	asked := make(chan struct{}, 2)
	options := Options{BaseURL: base, Auth: tokenAuth(), IsSet: always}
	var calls atomic.Int32
	options.Secret = func(ctx context.Context, _ string) (string, error) {
		asked <- struct{}{}
		if calls.Add(1) == 1 {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "secret-1", nil
	}
	client := newClient(t, options)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := client.Do(ctx, create())
		first <- err
	}()
	<-asked
	go func() {
		_, err := client.Do(t.Context(), create())
		second <- err
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	} else {
		wantClass(t, err, provider.Unsent)
	}
	must(t, <-second)
}

func TestTokenEndpointFailures(t *testing.T) {
	closed := "http://127.0.0.1:1"
	for name, test := range map[string]struct {
		status int
		header [2]string
		body   string
		class  provider.Class
		want   string
	}{
		"400":                  {status: 400, body: `{"error":"invalid_client","error_description":"no client id:1 / client secret+1"}`, class: provider.Denied, want: hidden},
		"401":                  {status: 401, class: provider.Denied, want: "401 Unauthorized"},
		"403":                  {status: 403, class: provider.Denied},
		"404":                  {status: 404, class: provider.Unsent},
		"429":                  {status: 429, class: provider.Busy},
		"500":                  {status: 500, body: "Bearer client secret+1", class: provider.Unsent},
		"503 with Retry-After": {status: 503, header: [2]string{"Retry-After", "3"}, class: provider.Unsent},
		"403 with Retry-After": {status: 403, header: [2]string{"Retry-After", "3"}, class: provider.Busy},
		"429 with Retry-After": {status: 429, header: [2]string{"Retry-After", "3"}, class: provider.Busy},
		"503":                  {status: 503, class: provider.Unsent},
		"redirect":             {status: 302, header: [2]string{"Location", "http://127.0.0.1:1/?client secret+1"}, class: provider.Unsent},
		"error in a 200":       {status: 200, body: `{"error":"invalid_client"}`, class: provider.Denied},
		"no token":             {status: 200, body: `{}`, class: provider.Unsent},
		"garbage":              {status: 200, body: `client secret+1`, class: provider.Unsent},
		"too large":            {status: 200, body: `{"access_token":"` + strings.Repeat("a", 2<<20) + `"}`, class: provider.Unsent},
		"newline in the token": {status: 200, body: `{"access_token":"evil\r\nX-Evil: 1"}`, class: provider.Unsent},
		"refused":              {class: provider.Unsent},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
			tokenURL := closed
			if test.status != 0 {
				tokenURL = serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					if test.header[0] != "" {
						w.Header().Set(test.header[0], test.header[1])
					}
					w.WriteHeader(test.status)
					_, _ = io.WriteString(w, test.body)
				})
			}
			_, err := newClient(t, exchangeOptions(base, tokenURL)).Do(t.Context(), create())
			failure := failureOf(t, err)
			if failure.Class != test.class || failure.Op != "get an access token" || failure.Status != 0 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %s: %v", failure.Class, err)
			}
			if errors.Is(err, provider.ErrNoToken) == (test.class == provider.Denied) {
				t.Errorf("that every request fails alike is not said right: %v", err)
			}
			if test.header[0] == "Retry-After" && failure.RetryAfter != 3*time.Second {
				t.Errorf("got %s", failure.RetryAfter)
			}
			for _, secret := range []string{"client secret+1", "evil", base64.StdEncoding.EncodeToString([]byte("id%3A1:client+secret%2B1"))} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells a secret: %v", err)
				}
			}
		})
	}
}

func TestPlainClientIDIsNoSecret(t *testing.T) {
	tokenURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if user, _, _ := r.BasicAuth(); user != "plain-id" {
			t.Errorf("got %s", user)
		}
		(&issuer{}).ServeHTTP(w, r)
	})
	options := exchangeOptions(serve(t, func(http.ResponseWriter, *http.Request) {}), tokenURL)
	options.Setting = func(setting string) (string, bool) {
		value, ok := map[string]string{"token-url": tokenURL, "client-id": "plain-id"}[setting]
		return value, ok
	}
	_, err := newClient(t, options).Do(t.Context(), create())
	must(t, err)
}

func TestTokenUsesTheSameTrust(t *testing.T) {
	own := newCA(t)
	tokenURL := serveTLSWith(t, own, &tls.Config{}, &issuer{})
	base := serve(t, func(http.ResponseWriter, *http.Request) {})
	options := exchangeOptions(base, tokenURL)
	_, err := newClient(t, options).Do(t.Context(), create())
	wantClass(t, err, provider.Unsent)
	options.CAFile = own.file
	_, err = newClient(t, options).Do(t.Context(), create())
	must(t, err)
}

// TestTokenThatCannotBeRenewed: the 401 did nothing, so the failure of the token
// endpoint says what may be done.
func TestTokenThatCannotBeRenewed(t *testing.T) {
	for status, class := range map[int]provider.Class{401: provider.Denied, 429: provider.Busy, 500: provider.Unsent} {
		var count atomic.Int32
		tokenURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if count.Add(1) > 1 {
				w.WriteHeader(status)
				return
			}
			(&issuer{}).ServeHTTP(w, r)
		})
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
		_, err := newClient(t, exchangeOptions(base, tokenURL)).Do(t.Context(), create())
		wantClass(t, err, class)
	}
}
