package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func fileStore(t testing.TB, path string) *Store {
	t.Helper()
	store, err := OpenStore(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mustClose(t, store) })
	return store
}

func plainDraft(provider, key string) draft {
	return draft{provider: provider, at: time.Unix(1, 0), build: func(number int64) (string, string, []byte, error) {
		return strconv.FormatInt(number, 10), key, fmt.Appendf(nil, `{"id":%d,"email":%q}`, number, key), nil
	}}
}

func fill(t testing.TB, store *Store, provider string, n int) {
	t.Helper()
	for i := range n {
		if err := store.create(t.Context(), plainDraft(provider, fmt.Sprintf("u%d@example.com", i))); err != nil {
			t.Fatal(err)
		}
	}
}

func users(t testing.TB, store *Store, provider string) []User {
	t.Helper()
	var all []User
	for user, err := range store.Users(t.Context(), provider) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, user)
	}
	return all
}

func TestStoreKeepsUsersInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "100% #1?.db")
	store, err := OpenStore(path)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, store, "sulu", 3)
	if runtime.GOOS != "windows" {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		if err != nil || len(files) != 3 { // with -wal and -shm
			t.Fatalf("files %v %v", files, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", file, info.Mode(), err)
			}
		}
	}
	mustClose(t, store)
	again := users(t, fileStore(t, path), "")
	if len(again) != 3 {
		t.Fatalf("%d users", len(again))
	}
	want := User{
		Provider: "sulu", ID: "1", Key: "u0@example.com", CreatedAt: time.Unix(1, 0).UTC(),
		Document: json.RawMessage(`{"id":1,"email":"u0@example.com"}`),
	}
	again[0].number = 0
	if got := fmt.Sprintf("%+v", again[0]); got != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %s\nwant %+v", got, want)
	}
}

func TestStoresShareOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	one, two := fileStore(t, path), fileStore(t, path)
	fill(t, one, "sulu", 1)
	if got := users(t, two, "sulu"); len(got) != 1 {
		t.Fatalf("the second store sees %v", got)
	}
	if err := two.create(t.Context(), plainDraft("sulu", "U0@example.com")); !errors.Is(err, errTaken) {
		t.Errorf("the second store created a duplicate: %v", err)
	}
	if err := two.create(t.Context(), plainDraft("ejento", "u0@example.com")); err != nil {
		t.Errorf("providers are not apart: %v", err)
	}
	if n, err := two.Reset(t.Context(), "sulu"); err != nil || n != 1 {
		t.Errorf("reset %d %v", n, err)
	}
	if got := count(t, one, ""); got != 1 {
		t.Errorf("%d users after the reset", got)
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	const stores, keys = 6, 20
	var group sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range stores {
		group.Go(func() {
			store, err := OpenStore(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer mustClose(t, store)
			n, err := race(t.Context(), store, keys)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			made += n
		})
	}
	group.Wait()
	if made != keys || count(t, fileStore(t, path), "") != keys {
		t.Errorf("%d users made, want %d", made, keys)
	}
}

// race creates users whom others create at the same time, and counts its own.
func race(ctx context.Context, store *Store, keys int) (made int, err error) {
	for i := range keys {
		switch err := store.create(ctx, plainDraft("ejento", fmt.Sprintf("u%d@example.com", i))); {
		case err == nil:
			made++
		case !errors.Is(err, errTaken):
			return made, err
		}
	}
	return made, nil
}

// TestProcessesShareOneFile starts itself twice more, as processes of their own.
func TestProcessesShareOneFile(t *testing.T) {
	const keys = 100
	const variable = "SANDBOX_TEST_STORE"
	if path := os.Getenv(variable); path != "" {
		made, err := race(t.Context(), fileStore(t, path), keys)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("made=%d\n", made)
		return
	}
	path := filepath.Join(t.TempDir(), "s.db")
	var outputs [2]strings.Builder
	var commands [2]*exec.Cmd
	for i := range commands {
		commands[i] = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessesShareOneFile$")
		commands[i].Env = append(os.Environ(), variable+"="+path)
		commands[i].Stdout, commands[i].Stderr = &outputs[i], &outputs[i]
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for i := range commands {
		if err := commands[i].Wait(); err != nil {
			t.Fatalf("%v\n%s", err, outputs[i].String())
		}
		var made int
		if _, err := fmt.Sscanf(outputs[i].String(), "made=%d", &made); err != nil {
			t.Fatalf("%v in %q", err, outputs[i].String())
		}
		total += made
	}
	if got := count(t, fileStore(t, path), "ejento"); total != keys || got != keys {
		t.Errorf("%d users made, %d stored, want %d", total, got, keys)
	}
}

func TestNumbersAreNotUsedAgain(t *testing.T) {
	store := memoryStore(t)
	fill(t, store, "ejento", 2)
	if _, err := store.Reset(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	fill(t, store, "ejento", 1)
	if got := users(t, store, "ejento")[0].ID; got != "3" {
		t.Errorf("id %s, want 3", got)
	}
}

func TestReset(t *testing.T) {
	store := memoryStore(t)
	fill(t, store, "sulu", 2)
	fill(t, store, "ejento", 3)
	if err := store.addAPIKey(t.Context(), "sulu", "1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		provider      string
		removed, left int
	}{{"evolution", 0, 5}, {"sulu", 2, 3}, {"", 3, 0}, {"", 0, 0}} {
		removed, err := store.Reset(t.Context(), test.provider)
		if err != nil || removed != test.removed || count(t, store, "") != test.left {
			t.Errorf("%q: removed %d, left %d, %v", test.provider, removed, count(t, store, ""), err)
		}
	}
	if keys, err := store.apiKeys(t.Context(), "sulu", "1"); err != nil || len(keys) != 0 {
		t.Errorf("API keys %s %v", keys, err)
	}
}

func TestUsersCanBeReadWhileWriting(t *testing.T) {
	for name, store := range map[string]*Store{"memory": memoryStore(t), "file": fileStore(t, filepath.Join(t.TempDir(), "s.db"))} {
		fill(t, store, "sulu", 501)
		seen := 0
		for _, err := range store.Users(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if seen == 1 {
				fill(t, store, "ejento", 1)
			}
		}
		if seen != 502 {
			t.Errorf("%s: %d users", name, seen)
		}
		for range store.Users(t.Context(), "sulu") {
			break
		}
	}
}

func TestUsersAfterCloseAreAnError(t *testing.T) {
	store, err := MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, store)
	failures := 0
	for _, err := range store.Users(t.Context(), "") {
		if err != nil {
			failures++
		}
	}
	if failures != 1 {
		t.Errorf("%d errors, want 1", failures)
	}
}

func TestACreateGoesOnWithoutItsClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	store := memoryStore(t)
	if err := store.create(ctx, plainDraft("sulu", "ann@example.com")); err != nil {
		t.Error(err)
	}
}

func TestFailedCreateLeavesNothing(t *testing.T) {
	store := memoryStore(t)
	broken := plainDraft("sulu", "ann@example.com")
	failure := errors.New("no document")
	broken.build = func(int64) (string, string, []byte, error) { return "", "", nil, failure }
	if err := store.create(t.Context(), broken); !errors.Is(err, failure) {
		t.Errorf("%v", err)
	}
	fill(t, store, "sulu", 1)
	if got := count(t, store, ""); got != 1 {
		t.Errorf("%d users", got)
	}
}

func TestFold(t *testing.T) {
	for _, pair := range [][2]string{{"ANN", "ann"}, {"É", "e\u0301"}, {"Σ", "ς"}} {
		if fold(pair[0]) != fold(pair[1]) {
			t.Errorf("%q and %q differ", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"ann", "anna"}, {"straße", "strasse"}, {"straße", "STRASSE"}, {"ﬃ", "ffi"}, {"ſ", "s"}, {"İ", "i"}, {"e", "é"}, {"a", " a"}} {
		if fold(pair[0]) == fold(pair[1]) {
			t.Errorf("%q and %q are the same", pair[0], pair[1])
		}
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	folder := t.TempDir()
	database := func(name, script string) string {
		path := filepath.Join(folder, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer mustClose(t, db)
		if _, err := db.ExecContext(t.Context(), script); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{text, "not a database"},
		{database("other.db", "CREATE TABLE t (x)"), "another program's database"},
		{database("newer.db", fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99; CREATE TABLE t (x)", applicationID)), "schema version 99"},
		{folder, "unable to open"},
	} {
		store, err := OpenStore(test.path)
		if err == nil {
			mustClose(t, store)
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), test.path) {
			t.Errorf("%s: %v, want %q", test.path, err, test.want)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(filepath.Join(folder, "file", "s.db")); err == nil {
		t.Error("a store below a file")
	}
}

func TestUpdateOfNobody(t *testing.T) {
	store := memoryStore(t)
	err := store.update(t.Context(), "sulu", byID, "x", func(User) (string, []byte, error) { return "", nil, nil })
	if !errors.Is(err, errAbsent) {
		t.Errorf("%v", err)
	}
}

func TestResetErasesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	holds := func(text string) bool {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), text)
	}
	for _, reset := range []bool{false, true} {
		store, err := OpenStore(path)
		if err != nil {
			t.Fatal(err)
		}
		if reset {
			if _, err := store.Reset(t.Context(), "sulu"); err != nil {
				t.Fatal(err)
			}
		} else {
			fill(t, store, "sulu", 50)
		}
		mustClose(t, store)
		if got := holds("u7@example.com"); got == reset {
			t.Errorf("reset %v: the file holds the user: %v", reset, got)
		}
	}
}

// A link in the place of the store, or of what SQLite keeps beside it, is not
// followed.
func TestPlantedLinksAreNotFollowed(t *testing.T) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path, victim := filepath.Join(t.TempDir(), "sandbox.db"), filepath.Join(t.TempDir(), "victim")
		if err := os.WriteFile(victim, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(victim, path+suffix); err != nil {
			t.Skip("no links here: ", err)
		}
		if store, err := OpenStore(path); err == nil {
			_ = store.Close()
			t.Errorf("a link for %q was followed", suffix)
		}
		if text, err := os.ReadFile(victim); err != nil || len(text) > 0 {
			t.Errorf("%q was written to the file behind the link, %v", text, err)
		}
	}
}
