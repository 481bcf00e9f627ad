package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/cli"
)

// The directories that gendocs owns, below the root of the repository.
const (
	commandsDir    = "docs/commands"
	providersDir   = "docs/providers"
	completionsDir = "completions"
)

func ownedDirs() []string {
	return []string{commandsDir, providersDir, completionsDir, environmentFile}
}

// files contains contents by slash-separated path below the root.
type files map[string][]byte

// generate returns every file. Each part has its own command tree, because the writers of pages modify the tree.
func generate(reference func() cli.Reference) (files, error) {
	all := files{}
	for _, part := range []func(cli.Reference) (files, error){commandPages, completionScripts, providerPages, environmentPage} {
		made, err := part(reference())
		if err != nil {
			return nil, err
		}
		maps.Copy(all, made)
	}
	return all, nil
}

// read returns the contents of the owned directories and of the owned file. One that does not exist is empty.
func read(root string) (files, error) {
	found := files{}
	for _, dir := range ownedDirs() {
		err := fs.WalkDir(os.DirFS(root), dir, func(name string, entry fs.DirEntry, err error) error {
			if name == dir && errors.Is(err, fs.ErrNotExist) {
				return fs.SkipDir
			}
			if err != nil || entry.IsDir() {
				return err
			}
			found[name], err = os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the generated files: %w", err)
		}
	}
	return found, nil
}

// difference is how an existing file differs from the wanted one.
type difference string

const (
	missing   difference = "missing"
	different difference = "different"
	surplus   difference = "left over"
)

// change is one file that differs.
type change struct {
	path string
	what difference
}

// compare returns the differences in both directions, by path.
func compare(wanted, found files) []change {
	var changes []change
	for name, content := range wanted {
		switch have, ok := found[name]; {
		case !ok:
			changes = append(changes, change{name, missing})
		case !bytes.Equal(have, content):
			changes = append(changes, change{name, different})
		}
	}
	for name := range found {
		if _, ok := wanted[name]; !ok {
			changes = append(changes, change{name, surplus})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return strings.Compare(a.path, b.path) })
	return changes
}

// write carries out the changes.
func write(root string, wanted files, changes []change) error {
	for _, c := range changes {
		file := filepath.Join(root, filepath.FromSlash(c.path))
		if c.what == surplus {
			if err := os.Remove(file); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(path.Dir(c.path))), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, wanted[c.path], 0o644); err != nil {
			return err
		}
	}
	return nil
}
