package passwords

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"

	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/safecell"
	"github.com/bring-aboard/usher/internal/term"
)

// File is a new CSV file of secrets (line, the natural key, one or several secrets) that only its owner can read,
// encrypted if there are recipients.
type File struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	crypt  io.WriteCloser // nil if the file is not encrypted
	rows   *csv.Writer
}

// ParseRecipients reads age recipients ("age1...").
func ParseRecipients(texts []string) ([]age.Recipient, error) {
	var recipients []age.Recipient
	for _, text := range texts {
		recipient, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, recipientError(text)
		}
		recipients = append(recipients, recipient)
	}
	return recipients, nil
}

// recipientError returns the error for a text that is not a recipient. It repeats the text only if that is a public
// key, and does not wrap the library's error, which repeats it.
func recipientError(text string) error {
	switch {
	case strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-"):
		return errors.New("private key; use its public key (age1...)")
	case strings.HasPrefix(text, "age1"):
		return fmt.Errorf("%q: not an age recipient (age1...): a character is wrong or missing", text)
	default:
		return errors.New("not an age recipient (age1...)")
	}
}

// Create creates the file, with a column for each secret. It never overwrites one that exists.
func Create(path, keyName string, secrets []string, recipients ...age.Recipient) (*File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: file exists; secrets never overwrite a file", path)
	}
	if err != nil {
		return nil, err
	}
	f := &File{path: path, file: file, buffer: bufio.NewWriter(file)}
	var w io.Writer = f.buffer
	if len(recipients) > 0 {
		if f.crypt, err = age.Encrypt(f.buffer, recipients...); err != nil {
			return nil, errors.Join(err, f.Discard())
		}
		w = f.crypt
	}
	f.rows = csv.NewWriter(w)
	if err := f.rows.Write(append([]string{"line", keyName}, secrets...)); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return f, nil
}

// Add writes the secrets of one row. They are durable after [File.Finish]. A key that a spreadsheet would take for a
// formula gets an apostrophe in front, and characters that control terminals are shown as U+FFFD; the secrets are
// unchanged.
func (f *File) Add(line int, key string, secrets ...string) error {
	return f.rows.Write(append([]string{strconv.Itoa(line), safecell.Guard(term.Sanitize(key))}, secrets...))
}

// Finish makes everything durable, the file's entry in its directory included.
func (f *File) Finish() error {
	f.rows.Flush()
	err := f.rows.Error()
	if f.crypt != nil {
		err = errors.Join(err, f.crypt.Close())
	}
	err = errors.Join(err, f.buffer.Flush(), f.file.Sync(), f.file.Close(), fsync.Dir(filepath.Dir(f.path)))
	if err != nil {
		return fmt.Errorf("could not write the secrets to %s: %w", f.path, err)
	}
	return nil
}

// Discard removes the file, if none of its secrets is in use.
func (f *File) Discard() error {
	return errors.Join(f.file.Close(), os.Remove(f.path))
}
