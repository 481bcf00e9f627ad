package rest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// loginForm is the form that tests post.
func loginForm(server string) Form {
	return Form{
		Op: "log in", Setting: "auth-server", Server: server, Path: "/login",
		Fields:  url.Values{"username": {"ada"}, "password": {canaries()["password"]}},
		Secrets: []string{"password"},
	}
}

func TestFormIsPostedWithoutCredentials(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/base/login" || r.Header.Get("Authorization") != "" {
			t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
		}
		if err := r.ParseForm(); err != nil || r.PostForm.Get("username") != "ada" || r.PostForm.Get("password") != canaries()["password"] {
			t.Errorf("got %v, %v", r.PostForm, err)
		}
		_, _ = w.Write([]byte(`{"access_token":"t"}`))
	})
	var traced []string
	options := withSecrets(Options{Auth: tokenAuth(), Trace: func(line string) { traced = append(traced, line) }}, canaries())
	answer, err := PostForm(t.Context(), options, loginForm(server+"/base/"))
	must(t, err)
	if string(answer.Body) != `{"access_token":"t"}` || answer.Status != http.StatusOK {
		t.Errorf("got %d %s", answer.Status, answer.Body)
	}
	if len(traced) != 2 || strings.Contains(strings.Join(traced, ""), "access_token") {
		t.Errorf("traced %q", traced)
	}
}

// A token that renews another one is sent as a bearer token, without a form, and is never shown.
func TestFormWithATokenAlone(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer "+canaries()["token"] || r.Header.Get("Content-Type") != "" || len(body) != 0 {
			t.Errorf("got %v %s", r.Header, body)
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"message":"no ` + canaries()["token"] + `"}`))
	})
	var told []string
	_, err := PostForm(t.Context(), Options{Trace: func(line string) { told = append(told, line) }},
		Form{Op: "renew the token", Setting: "auth-server", Server: server, Path: "/refresh", Bearer: canaries()["token"]})
	wantClass(t, err, provider.Denied)
	for _, form := range forms(t, canaries()["token"]) {
		for _, text := range append(told, err.Error()) {
			if strings.Contains(text, form) {
				t.Errorf("the token is told: %s", text)
			}
		}
	}
}

func TestFormsFailByClass(t *testing.T) {
	own := newCA(t)
	noAnswer := serveRaw(t, func(_ int, _ net.Conn, input *bufio.Reader) { readRequest(t, input) })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, closed.Close())
	status := func(status int) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.Header().Set("Location", "https://example.com/"+url.PathEscape(r.PostForm.Get("password")))
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"message":"` + url.QueryEscape(r.PostForm.Get("password")) + `"}`))
		})
	}
	for name, test := range map[string]struct {
		server string
		class  provider.Class
		words  string
	}{
		"400":                 {status(400), provider.Denied, "400 Bad Request"},
		"401":                 {status(401), provider.Denied, "401 Unauthorized"},
		"403":                 {status(403), provider.Denied, "403 Forbidden"},
		"404":                 {status(404), provider.NotFound, ""},
		"422":                 {status(422), provider.Invalid, ""},
		"429":                 {status(429), provider.Busy, ""},
		"500":                 {status(500), provider.Unknown, ""},
		"307":                 {status(307), provider.Unknown, "unexpected redirect"},
		"no answer":           {noAnswer, provider.Unknown, "no response from"},
		"refused":             {"http://" + closed.Addr().String(), provider.Unsent, "nothing was sent to " + closed.Addr().String()},
		"unknown certificate": {serveTLS(t, own, &tls.Config{}), provider.Unsent, "ca-file"},
	} {
		t.Run(name, func(t *testing.T) {
			var traced []string
			_, err := PostForm(t.Context(), Options{Timeout: 10 * time.Second, Trace: func(line string) { traced = append(traced, line) }}, loginForm(test.server))
			wantClass(t, err, test.class)
			if err == nil || !strings.Contains(err.Error(), test.words) {
				t.Errorf("got %v, want %q", err, test.words)
			}
			for _, form := range forms(t, canaries()["password"]) {
				for _, text := range append(traced, err.Error()) {
					if strings.Contains(text, form) {
						t.Errorf("the password is told: %s", text)
					}
				}
			}
		})
	}
}

// What cannot be used is found before anything is sent, and named by its setting.
func TestFormsAreRefusedByTheirSetting(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		server  string
		words   []string
	}{
		"no server":  {Options{}, "", []string{"auth-server"}},
		"plain http": {Options{}, "http://auth.example.com", []string{"auth-server", "allow-http"}},
		"user name":  {Options{}, "https://a:canary@auth.example.com", []string{"auth-server"}},
		"ca-file":    {Options{CAFile: "nosuch.pem"}, "https://auth.example.com", []string{"ca-file", "nosuch.pem"}},
		"proxy":      {Options{Env: environment(map[string]string{"https_proxy": "http://a:canary@b:c"})}, "https://auth.example.com", []string{"HTTPS_PROXY"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := PostForm(t.Context(), test.options, loginForm(test.server))
			if err == nil {
				t.Fatal("got no error")
			}
			if failure, ok := errors.AsType[*provider.Error](err); ok {
				t.Errorf("got %v of a provider", failure)
			}
			for _, word := range test.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q lacks %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}
