//go:build unix

package roster

import (
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
)

func TestANamedPipeIsCopied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, []byte(delimitedText(grid(), ";", "\r\n")), 0) }()
	r := open(t, path, Options{})
	for range 2 {
		if got := records(t, r); !reflect.DeepEqual(got, crowd()) {
			t.Errorf("read %v", got)
		}
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}
