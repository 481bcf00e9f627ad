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

// Lifetime is how long the names in a [Cache] are good for.
const Lifetime = 15 * time.Minute

// The bounds of what is kept.
const (
	mostKept  = 20_000
	mostBytes = 4 << 20
)

// Cache keeps names and ids for a short while, so that completion need not ask
// the provider at each key. It is a convenience: what cannot be read counts as
// absent, and nothing but completion relies on it.
type Cache struct {
	// Folder is where the files are. It is made when it is needed.
	Folder string
	// Now is the clock.
	Now func() time.Time
}

// page is the content of a file.
type page struct {
	Read   time.Time `json:"read"`
	Things []Thing   `json:"things"`
}

// Put keeps the things of a kind at a place, which is a profile with its
// target. The file is readable by its owner alone, and is there as a whole or
// not at all.
func (c Cache) Put(place, kind string, things []Thing) (err error) {
	if len(things) > mostKept {
		return nil
	}
	text, err := json.Marshal(page{Read: c.Now().UTC(), Things: things})
	if err != nil || len(text) > mostBytes {
		return err
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(c.Folder, ".names-*") // mode 0600
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

// Get gives the things of a kind at a place, where they were put not long ago.
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

// path gives the file's name, which tells nobody what the place is.
func (c Cache) path(place, kind string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + place))
	return filepath.Join(c.Folder, "names-"+hex.EncodeToString(sum[:16])+".json")
}
