package names

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Lifetime is how long the names in a [Cache] are valid.
const Lifetime = 15 * time.Minute

// The limits of what is stored.
const (
	mostKept  = 20_000
	mostBytes = 4 << 20
)

// Cache stores names and ids for a short time, so that completion does not have to send a request at each key. It is a
// convenience: what cannot be read counts as absent, and only completion relies on it.
type Cache struct {
	// Dir is the directory of the files. It is created when it is needed.
	Dir string
	// Now is the clock.
	Now func() time.Time
}

// page is the content of a file.
type page struct {
	Read   time.Time `json:"read"`
	Things []Thing   `json:"things"`
}

// Put stores the things of a kind at a place, which is a profile with its target. The file is readable by its owner
// only, and is written as a whole.
func (c Cache) Put(place, kind string, things []Thing) (err error) {
	if len(things) > mostKept {
		return nil
	}
	text, err := json.Marshal(page{Read: c.Now().UTC(), Things: things})
	if err != nil || len(text) > mostBytes {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(c.Dir, ".names-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), c.path(place, kind))
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// Get returns the things of a kind at a place, if they were stored recently.
func (c Cache) Get(place, kind string) ([]Thing, bool) {
	file, err := os.Open(c.path(place, kind))
	if err != nil {
		return nil, false
	}
	defer func() { _ = file.Close() }()
	var kept page
	if json.NewDecoder(io.LimitReader(file, mostBytes)).Decode(&kept) != nil {
		return nil, false
	}
	age := c.Now().Sub(kept.Read)
	return kept.Things, age >= 0 && age < Lifetime
}

// path returns the file's name, which does not reveal the place.
func (c Cache) path(place, kind string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + place))
	return filepath.Join(c.Dir, "names-"+hex.EncodeToString(sum[:16])+".json")
}
