package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// wantError checks an error's kind and words, and that no secret is in it.
func wantError(t *testing.T, err error, kind Kind, words ...string) {
	t.Helper()
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %T (%v), want *Error", err, err)
	}
	if failure.Kind != kind {
		t.Errorf("kind %d, want %d: %v", failure.Kind, kind, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q lacks %q", err, word)
		}
	}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", cause, cause, cause), canary) {
			t.Errorf("the secret is in the error: %+v", cause)
		}
	}
}

func resolve(t *testing.T, r Resolver, text string) (string, error) {
	t.Helper()
	ref, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	value, err := r.Resolve(t.Context(), ref, "acme/token")
	return value.Reveal(), err
}

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

func TestResolveVariable(t *testing.T) {
	r := Resolver{LookupEnv: environment(map[string]string{"TOKEN": canary, "EMPTY": "", "BLANK": " \n"})}
	if got, err := resolve(t, r, "env:TOKEN"); err != nil || got != canary {
		t.Errorf("got %q, %v", got, err)
	}
	_, err := resolve(t, r, "env:OTHER")
	wantError(t, err, Missing, "env:OTHER", "not set")
	_, err = resolve(t, r, "env:EMPTY")
	wantError(t, err, Empty, "env:EMPTY", "is empty")
	_, err = resolve(t, r, "env:BLANK")
	wantError(t, err, Empty, "env:BLANK")

	t.Setenv("TEST_USHER_SECRET", canary)
	if got, err := resolve(t, Resolver{}, "env:TEST_USHER_SECRET"); err != nil || got != canary {
		t.Errorf("from the process: %q, %v", got, err)
	}
	_, err = Resolver{}.Resolve(t.Context(), Reference{}, "acme/token")
	wantError(t, err, Missing)
}

func TestResolveFile(t *testing.T) {
	home := t.TempDir()
	r := Resolver{LookupEnv: environment(map[string]string{"HOME": home})}
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct{ name, content, want string }{
		{"plain", canary, canary},
		{"newline", canary + "\n", canary},
		{"windows", canary + "\r\n", canary},
		{"two newlines", canary + "\n\n", canary + "\n"},
		{"byte order mark", "\xef\xbb\xbf" + canary + "\r\n", canary},
	} {
		path := write(test.name, test.content, 0o600)
		if got, err := resolve(t, r, "file:"+path); err != nil || got != test.want {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
		if got, err := resolve(t, r, "file:~/"+test.name); err != nil || got != test.want {
			t.Errorf("%s from home: %q, %v", test.name, got, err)
		}
	}
	_, err := resolve(t, r, "file:"+filepath.Join(home, "absent"))
	wantError(t, err, Missing, "file not found", "absent")
	_, err = resolve(t, r, "file:"+write("empty", "\n", 0o600))
	wantError(t, err, Empty, "the file is empty")
	_, err = resolve(t, r, "file:"+write("mark", "\xef\xbb\xbf\n", 0o600))
	wantError(t, err, Empty, "the file is empty")
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		_, err = resolve(t, r, "file:"+write("utf16", mark+"c\x00a\x00", 0o600))
		wantError(t, err, Unreadable, "UTF-16", "save it as UTF-8")
	}
	_, err = resolve(t, r, "file:"+write("large", strings.Repeat("x", maxLength+1), 0o600))
	wantError(t, err, TooLong, "64 KiB")
	_, err = resolve(t, r, "file:"+home)
	wantError(t, err, Unreadable)
	if os.Getuid() > 0 {
		_, err = resolve(t, r, "file:"+write("closed", canary, 0))
		wantError(t, err, Unreadable, "permission denied")
	}
}

func TestResolveFileStopsWaiting(t *testing.T) {
	path := makePipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ref, err := Parse("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Resolver{}.Resolve(ctx, ref, "")
	wantError(t, err, Interrupted)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say that it was cancelled", err)
	}
}

func TestWarning(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("file modes do not say who can read a file")
	}
	path := filepath.Join(t.TempDir(), "a token")
	if err := os.WriteFile(path, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	ref, err := Parse("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	r := Resolver{}
	if warning := r.Warning(ref); warning != "" {
		t.Errorf("mode 0600: %s", warning)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if warning := r.Warning(ref); !strings.Contains(warning, "chmod 600 '"+path+"'") {
			t.Errorf("mode %o: %q", mode, warning)
		}
	}
	for _, text := range []string{"file:/no/such/file", "env:A", "keyring:", "file:~/nothing-here"} {
		ref, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if warning := r.Warning(ref); warning != "" {
			t.Errorf("%s: %s", text, warning)
		}
	}
}
