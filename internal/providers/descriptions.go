package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/providers/catalogue"
	"github.com/bring-aboard/usher/internal/providers/described"
)

// OfCatalogue is the origin of a description that the program is shipped with.
const OfCatalogue = "catalogue"

// Descriptions finds descriptions by name: in one file, in a directory, and in the catalogue, in this order. A
// description is parsed when it is first asked for. It is safe for concurrent use.
type Descriptions struct {
	// File is a single description, "" for none. Its name is known only from its text, so it is parsed at once.
	File string
	// Dir has the descriptions that were added, each in the file of its name. It does not have to exist.
	Dir string

	mu    sync.Mutex
	known map[string]*describe.Provider
	named string // the name of File; "" until it is parsed
}

const ending = ".yaml"

// Names lists the names of all descriptions, in alphabetical order.
func (d *Descriptions) Names() []string {
	names := catalogue.Names()
	entries, _ := os.ReadDir(d.Dir) // a directory that cannot be read has no descriptions; Get reports the cause
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(entry.Name(), ending); ok && d.Dir != "" {
			names = append(names, name)
		}
	}
	if d.File != "" {
		if found, err := d.ofFile(); err == nil {
			names = append(names, found.Description.Name)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), isBuiltIn)
}

// Get returns the description with this name. The error of an unknown one is [fs.ErrNotExist].
func (d *Descriptions) Get(name string) (*describe.Provider, error) {
	if d.File != "" {
		found, err := d.ofFile()
		if err != nil {
			return nil, err
		}
		if found.Description.Name == name {
			return found, nil
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if found := d.known[name]; found != nil {
		return found, nil
	}
	origin, text, err := d.text(name)
	if err != nil {
		return nil, err
	}
	found, err := parse(origin, text)
	if err == nil && found.Description.Name != name {
		err = fmt.Errorf("%s: the name is %s, which is not that of the file", origin, found.Description.Name)
	}
	if err != nil {
		return nil, err
	}
	d.keep(found)
	return found, nil
}

func (d *Descriptions) keep(found *describe.Provider) {
	if d.known == nil {
		d.known = map[string]*describe.Provider{}
	}
	d.known[found.Description.Name] = found
}

// Check returns the error of File.
func (d *Descriptions) Check() error {
	if d.File == "" {
		return nil
	}
	_, err := d.ofFile()
	return err
}

// ofFile returns the description of File.
func (d *Descriptions) ofFile() (*describe.Provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.named != "" {
		return d.known[d.named], nil
	}
	found, err := ReadDescription(d.File)
	if err != nil {
		return nil, err
	}
	d.keep(found)
	d.named = found.Description.Name
	return found, nil
}

// text returns the text of a description and where it is from.
func (d *Descriptions) text(name string) (origin string, text []byte, err error) {
	isFileName := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	if d.Dir != "" && isFileName {
		path := filepath.Join(d.Dir, name+ending)
		text, err := readLimited(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return path, text, err
		}
	}
	text, ok := catalogue.Text(name)
	if !ok {
		return "", nil, fmt.Errorf("no description is called %q: %w", name, fs.ErrNotExist)
	}
	return OfCatalogue, text, nil
}

// ReadDescription reads a description from a file. A name of a built-in provider is an error.
func ReadDescription(path string) (*describe.Provider, error) {
	text, err := readLimited(path)
	if err != nil {
		return nil, err
	}
	return parse(path, text)
}

// readLimited reads a file that is not larger than a description may be.
func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: a directory, not a file", path)
	}
	return describe.ReadAll(file)
}

func parse(origin string, text []byte) (*describe.Provider, error) {
	description, err := describe.Parse(text)
	if found, ok := errors.AsType[describe.Errors](err); ok {
		return nil, &DescriptionError{Origin: origin, Errors: found}
	}
	if err != nil {
		return nil, err
	}
	if isBuiltIn(description.Name) {
		return nil, fmt.Errorf("%s: %s is built in: use another name", origin, description.Name)
	}
	sum := sha256.Sum256(text)
	return &describe.Provider{Description: description, Adapter: described.Adapter(description), Origin: origin, Text: text, SHA256: hex.EncodeToString(sum[:])}, nil
}

// DescriptionError is the error of an invalid description.
type DescriptionError struct {
	Origin string
	Errors describe.Errors
}

// Error returns one line for each error.
func (e *DescriptionError) Error() string { return e.Errors.In(e.Origin) }

func isBuiltIn(name string) bool { return slices.Contains(builtIn(), name) }
