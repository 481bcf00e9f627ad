// Package scratch implements the temporary database of one command.
package scratch

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// File is a temporary SQLite database, readable only by its owner. If the platform allows it, the file has no name
// once it is open. It is not safe for concurrent use.
type File struct {
	path   string
	db     *sql.DB
	conn   *sql.Conn
	cipher cipher.AEAD
	sealed uint64 // number of values so far
}

// The names of scratch files.
const (
	// Prefix is the beginning of their names.
	Prefix = "scratch-"
	ending = ".db"
)

// New returns a new scratch file in a directory. The pragmas apply to every attached database.
func New(ctx context.Context, dir string, pragmas ...string) (_ *File, err error) {
	file, err := os.CreateTemp(dir, Prefix+"*"+ending)
	if err != nil {
		return nil, err
	}
	f := &File{path: file.Name()}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := file.Close(); err != nil {
		return f, err
	}
	if f.cipher, err = newCipher(); err != nil {
		return f, err
	}
	connector, err := sqlite.NewConnector(URI(f.path, url.Values{
		"_pragma":   slices.Concat(pragmas, []string{"main.locking_mode(exclusive)", "main.journal_mode(off)", "main.synchronous(off)"}),
		"_dqs":      {"0"},
		"_error_rc": {"1"},
	}))
	if err != nil {
		return f, err
	}
	f.db = sql.OpenDB(connector)
	if f.conn, err = f.db.Conn(ctx); err != nil {
		return f, err
	}
	_ = os.Remove(f.path)
	return f, nil
}

// newCipher returns a cipher with a new key, which is stored nowhere else.
func newCipher() (cipher.AEAD, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never returns an error
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Path returns the former path of the file.
func (f *File) Path() string { return f.path }

// Conn returns the connection to the database.
func (f *File) Conn() *sql.Conn { return f.conn }

// Seal returns text with an encrypted value appended. Only [File.Unseal] of the same file can decrypt it.
func (f *File) Seal(to, value []byte) []byte {
	var nonce [12]byte
	f.sealed++
	binary.BigEndian.PutUint64(nonce[4:], f.sealed)
	return f.cipher.Seal(append(to, nonce[4:]...), nonce[:], value, nil)
}

// Unseal returns the decrypted value.
func (f *File) Unseal(sealed []byte) ([]byte, error) {
	var nonce [12]byte
	if copy(nonce[4:], sealed) < len(nonce[4:]) {
		return nil, errors.New("an encrypted value is truncated")
	}
	return f.cipher.Open(nil, nonce[:], sealed[len(nonce[4:]):], nil)
}

// Close removes the file.
func (f *File) Close() (err error) {
	if f.conn != nil {
		err = errors.Join(err, f.conn.Close())
	}
	if f.db != nil {
		err = errors.Join(err, f.db.Close())
	}
	if removing := os.Remove(f.path); removing != nil && !errors.Is(removing, os.ErrNotExist) {
		err = errors.Join(err, removing)
	}
	return err
}

// RemoveOrphans removes the scratch files of crashed commands. A file in use has no name, or the platform does not
// remove it.
func RemoveOrphans(dir string) {
	entries, _ := os.ReadDir(dir) // unreadable files remain
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), Prefix) && strings.HasSuffix(entry.Name(), ending) {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}

// URI returns a path as a URI for SQLite.
func URI(path string, query url.Values) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}
