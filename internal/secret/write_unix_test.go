//go:build unix

package secret

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, err := range []error{
		os.WriteFile(at("old"), []byte("old"), 0o600), os.WriteFile(at("open"), []byte("old"), 0o640), os.Symlink("old", at("link")),
		os.Mkdir(at("folder"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r := Resolver{LookupEnv: func(string) (string, bool) { return folder, true }}
	for path, file := range map[string]string{at("new"): "new", at("old"): "old", at("link"): "old", "~/home": "home"} {
		if err := r.CanWrite(FromFile(path)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := r.Write(t.Context(), FromFile(path), secretOf(t, canary)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		text, err := os.ReadFile(at(file))
		info, statErr := os.Lstat(at(file))
		if err != nil || statErr != nil || string(text) != canary+"\n" || info.Mode() != 0o600 {
			t.Errorf("%s: the file holds %q with mode %v (%v, %v)", path, text, info.Mode(), err, statErr)
		}
	}
	if link, err := os.Readlink(at("link")); err != nil || link != "old" {
		t.Errorf("the link leads to %q, %v", link, err)
	}
	for path, want := range map[string]struct {
		kind Kind
		word string
	}{
		at("open"):       {Unreadable, "chmod 600"},
		at("folder"):     {Unreadable, "not a regular file"},
		at("no/file"):    {Missing, "directory not found"},
		at("old") + "/x": {Unreadable, "could not write"},
	} {
		wantError(t, r.CanWrite(FromFile(path)), want.kind, want.word)
		wantError(t, r.Write(t.Context(), FromFile(path), secretOf(t, canary)), want.kind, want.word)
	}
	wantError(t, r.CanWrite(FromEnv("TOKEN")), Unreadable)
	if text, err := os.ReadFile(at("open")); err != nil || string(text) != "old" {
		t.Errorf("a file that others can open holds %q, %v", text, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 6 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}
