package names_test

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/names"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func TestCacheGivesWhatWasPutNotLongAgo(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	folder := filepath.Join(t.TempDir(), "a", "usher")
	cache := names.Cache{Dir: folder, Now: c.time}
	roles := []names.Thing{{ID: reader, Name: "Reader"}}
	if _, ok := cache.Get("acme", "role"); ok {
		t.Error("an empty cache gives something")
	}
	if err := cache.Put("acme", "role", roles); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		place, kind string
		after       time.Duration
		want        bool
	}{
		{"acme", "role", 0, true}, {"acme", "role", names.Lifetime - time.Second, true}, {"acme", "role", names.Lifetime, false},
		{"acme", "role", -time.Second, false}, {"acme", "organization", 0, false}, {"acme2", "role", 0, false},
	} {
		later := names.Cache{Dir: folder, Now: func() time.Time { return c.now.Add(test.after) }}
		got, ok := later.Get(test.place, test.kind)
		if ok != test.want || ok && !reflect.DeepEqual(got, roles) {
			t.Errorf("%v: got %v, %v", test, got, ok)
		}
	}
	if err := cache.Put("acme", "role", nil); err != nil {
		t.Fatal(err)
	}
	if got, ok := cache.Get("acme", "role"); !ok || len(got) != 0 {
		t.Errorf("after no roles were put: %v, %v", got, ok)
	}
}

func TestCacheIsPrivateAndForgiving(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "usher")
	cache := names.Cache{Dir: folder, Now: time.Now}
	if err := cache.Put("acme https://example.com", "role", []names.Thing{{ID: reader, Name: "Reader"}}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 || strings.Contains(files[0], "acme") {
		t.Fatalf("got %q, %v", files, err)
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, files[0]: 0o600} {
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"read":"soon"}`, `{"things":[{"id":1}]}`, "\x00"} {
		if err := os.WriteFile(files[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := cache.Get("acme https://example.com", "role"); ok {
			t.Errorf("%q: got %v", text, got)
		}
	}
	blocked := names.Cache{Dir: files[0], Now: time.Now}
	if err := blocked.Put("acme", "role", nil); err == nil {
		t.Error("a file is taken for a folder")
	}
	if _, ok := blocked.Get("acme", "role"); ok {
		t.Error("a file is taken for a folder")
	}
}

func TestCacheKeepsNoMoreThanHelps(t *testing.T) {
	cache := names.Cache{Dir: t.TempDir(), Now: time.Now}
	for _, many := range [][]names.Thing{make([]names.Thing, 20_001), {{Name: strings.Repeat("x", 5<<20)}}} {
		if err := cache.Put("acme", "role", many); err != nil {
			t.Error(err)
		}
		if _, ok := cache.Get("acme", "role"); ok {
			t.Error("it is kept")
		}
	}
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		field, begun string
		want         []string
		more         bool
	}{
		{"home", "", []string{twin1, twin2, "0a1b2c3d-0000-4000-8000-000000000007", "ACME", "BETA", "Beta", "Café Réunion"}, false},
		{"home", "Ca", []string{"Café Réunion"}, false},
		{"roles", "", []string{"Administrator", "Reader"}, false},
		{"memberships", "AC", []string{"ACME:"}, true},
		{"memberships", "ACME:", []string{"ACME:Administrator", "ACME:Reader"}, false},
		{"memberships", "anything:R", []string{"anything:Reader"}, false},
		{"memberships", "ACME:Reader:", nil, false},
		{"memberships", "nothing", nil, true},
		{"device", "", nil, false},
	} {
		field, _ := table().Field(test.field)
		found, more, err := names.Complete(field, test.begun, newShelf().read)
		var got []string
		for _, one := range found {
			got = append(got, one.Text)
		}
		if err != nil || more != test.more || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %q: got %q, %v, %v", test.field, test.begun, got, more, err)
		}
	}
}

func TestCompletionsAreWordsOfOneLine(t *testing.T) {
	field, _ := table().Field("roles")
	found, _, _ := names.Complete(field, "", func(string) ([]names.Thing, error) {
		return []names.Thing{{ID: reader, Name: "a\tb"}, {ID: admin, Name: "x:y"}, {ID: "bad\nid", Name: "z;"}}, nil
	})
	if want := []names.Completion{{Text: reader, About: "a\tb"}, {Text: admin, About: "x:y"}}; !reflect.DeepEqual(found, want) {
		t.Errorf("got %q", found)
	}
}
