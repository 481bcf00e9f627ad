package fsync

import (
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"
)

func TestFolder(t *testing.T) {
	if err := Dir(t.TempDir()); err != nil {
		t.Error(err)
	}
	err := Dir(filepath.Join(t.TempDir(), "none"))
	if runtime.GOOS != "windows" && !errors.Is(err, fs.ErrNotExist) { // nothing is opened there
		t.Errorf("a folder that is not there: %v", err)
	}
}
