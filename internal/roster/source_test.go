package roster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestAStreamIsReadAsOftenAsNeeded(t *testing.T) {
	for _, d := range dresses(t) {
		folder := t.TempDir()
		r, err := Open(context.Background(), Stream("standard input", iotest.HalfReader(strings.NewReader(string(d.data)))), Options{Table: suluTable(), TempDir: folder, ConfirmEncoding: believe})
		if err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		for range 2 {
			if got := records(t, r); !reflect.DeepEqual(got, crowd()) {
				t.Errorf("%s: read %v", d.name, got)
			}
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
			t.Errorf("%s: the copy can be found: %v, %v", d.name, entries, err)
		}
		if want := sha256.Sum256(d.data); r.Description().SHA256 != hex.EncodeToString(want[:]) {
			t.Errorf("%s: sum %s", d.name, r.Description().SHA256)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAStreamThatFails(t *testing.T) {
	broken := errors.New("the cable was cut")
	_, err := Open(context.Background(), Stream("standard input", io.MultiReader(strings.NewReader("email,"), iotest.ErrReader(broken))), Options{Table: suluTable()})
	if !errors.Is(err, broken) || !errors.Is(err, Unreadable) || err.Error() != "standard input: could not read: the cable was cut" {
		t.Errorf("error %v", err)
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	_, err = Open(context.Background(), Stream("standard input", strings.NewReader("email")), Options{Table: suluTable(), TempDir: nowhere})
	if !errors.Is(err, Unreadable) || !strings.Contains(err.Error(), "set TMPDIR") || !strings.Contains(err.Error(), nowhere) {
		t.Errorf("error %v", err)
	}
}

func TestAChangedFileIsNoticed(t *testing.T) {
	old := "email,oryId,organization\n" + strings.Repeat("a@example.com,1,o\n", 10_000)
	now := strings.Replace(old, "a@", "b@", 1)
	for name, change := range map[string]func(path string) error{
		"other bytes": func(path string) error { return os.WriteFile(path, []byte(now), 0o600) },
		"more bytes":  func(path string) error { return os.WriteFile(path, []byte(old+"x"), 0o600) },
		"fewer bytes": func(path string) error { return os.Truncate(path, 1000) },
		"nothing":     os.Remove,
		"another file": func(path string) error {
			return errors.Join(os.WriteFile(path+"2", []byte(old), 0o600), os.Rename(path+"2", path))
		},
		"another time":  func(path string) error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
		"in all secret": func(path string) error { return rewriteSecretly(path, now) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, when := range []string{"between two passes", "during a pass"} {
				path := save(t, "people.csv", []byte(old))
				r := open(t, path, Options{})
				if when == "between two passes" {
					records(t, r)
					if err := change(path); err != nil {
						t.Fatal(err)
					}
				}
				var last error
				for row, err := range r.Rows(context.Background()) {
					last = err
					if when == "during a pass" && row.Number == 100 {
						if err := change(path); err != nil {
							t.Fatal(err)
						}
					}
				}
				if name == "in all secret" && when == "during a pass" {
					continue // what was changed had been read, and the next pass tells
				}
				if !errors.Is(last, Changed) || !strings.HasSuffix(last.Error(), "people.csv: file changed while reading (run the command again)") {
					t.Errorf("%s: error %v", when, last)
				}
			}
		})
	}
}

func TestAChangedWorkbookIsNoticed(t *testing.T) {
	data := ownBook(t, grid())
	path := save(t, "people.xlsx", data)
	r := open(t, path, Options{})
	data[10] ^= 1 // the time of a part, which nobody looks at
	if err := rewriteSecretly(path, string(data)); err != nil {
		t.Fatal(err)
	}
	read, last := 0, error(nil)
	for _, err := range r.Rows(context.Background()) {
		if last = err; err == nil {
			read++
		}
	}
	if read != 3 || !errors.Is(last, Changed) {
		t.Errorf("%d rows, error %v", read, last)
	}
}

// rewriteSecretly changes the bytes of a file and none of its other marks.
func rewriteSecretly(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close(), os.Chtimes(path, info.ModTime(), info.ModTime()))
}
