// Package catalogue has the descriptions that the program is shipped with.
package catalogue

import (
	"embed"
	"strings"
)

//go:embed *.yaml
var files embed.FS

const ending = ".yaml"

// Names returns the names of the described providers in alphabetical order. It parses nothing: a description is in the
// file of its name.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil // the directory is a part of the program
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ending)
	}
	return names
}

// Text returns the description of a provider; ok is false if there is none.
func Text(name string) (text []byte, ok bool) {
	text, err := files.ReadFile(name + ending)
	return text, err == nil
}
