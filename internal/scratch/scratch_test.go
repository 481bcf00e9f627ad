package scratch

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"
)

func open(t *testing.T) *File {
	t.Helper()
	f, err := New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestSealedValuesAreReadBack(t *testing.T) {
	t.Parallel()
	f, value := open(t), []byte("correct horse")
	first, second := f.Seal([]byte("x"), value), f.Seal(nil, value)
	if bytes.Contains(first, value) || bytes.Equal(first[1:], second) {
		t.Errorf("sealed as %q and %q", first, second)
	}
	for _, sealed := range [][]byte{first[1:], second} {
		if got, err := f.Unseal(sealed); err != nil || !bytes.Equal(got, value) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestUnsealRefusesWhatItDidNotSeal(t *testing.T) {
	t.Parallel()
	f := open(t)
	sealed := f.Seal(nil, []byte("correct horse"))
	changed := bytes.Clone(sealed)
	changed[len(changed)-1]++
	for name, text := range map[string][]byte{"nothing": nil, "truncated": sealed[:7], "changed": changed, "of another file": open(t).Seal(nil, []byte("x"))} {
		if got, err := f.Unseal(text); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestTheFileGoes(t *testing.T) {
	t.Parallel()
	f, err := New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Conn().ExecContext(t.Context(), `CREATE TABLE lines (text TEXT); INSERT INTO lines VALUES ('one')`); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(f.Path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table, err := open(t).NewTable(t.Context(), "values_by_number")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, text := range []string{"one", "another"} {
		if err := table.Put(t.Context(), 7, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := table.Get(t.Context(), 7); string(got) != text || !ok || err != nil {
			t.Errorf("got %q, %v, %v", got, ok, err)
		}
	}
	if got, ok, err := table.Get(t.Context(), 8); ok || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
