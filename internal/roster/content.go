package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/bring-aboard/usher/internal/roster/charset"
)

// content is the bytes of a source, which can be read from the start repeatedly.
type content struct {
	name string
	file *os.File
	// info is the file's info at opening, nil for a temporary copy, which other processes cannot change.
	info os.FileInfo
	size int64
	sum  [sha256.Size]byte
	// head is the beginning, long enough to detect a format.
	head []byte
	// encodings is what is known of the encoding.
	encodings charset.Sniffer
	// doubt is set if the encoding is a guess, until it is confirmed.
	doubt *charset.Doubt
}

// headSize is the size of head.
const headSize = 64 << 10

// close closes and removes the copy.
func (c *content) close() error {
	err := c.file.Close()
	if c.info == nil {
		_ = os.Remove(c.file.Name()) // already removed, except on systems that keep open files
	}
	return err
}

// changed returns an error if the file was changed since it was opened.
func (c *content) changed() error {
	if c.info == nil {
		return nil
	}
	now, err := os.Stat(c.name)
	if err == nil && os.SameFile(now, c.info) && now.Size() == c.info.Size() && now.ModTime().Equal(c.info.ModTime()) {
		return nil
	}
	return c.hasChanged()
}

func (c *content) hasChanged() error {
	return &Error{
		Kind: Changed, File: c.name, Message: "file changed while reading",
		Hint: "run the command again",
	}
}

// changeOr returns the error of a changed file instead of any other error, which probably follows from it.
func (c *content) changeOr(err error) error {
	if changed := c.changed(); changed != nil {
		return changed
	}
	return err
}

// pass is one reading of the content from its start.
type pass struct {
	content *content
	r       io.Reader
	sum     hash.Hash
}

func (c *content) pass(ctx context.Context) *pass {
	return &pass{content: c, r: &interruptible{ctx: ctx, r: io.NewSectionReader(c.file, 0, c.size)}, sum: sha256.New()}
}

// Read returns the next bytes.
func (p *pass) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.sum.Write(b[:n])
	if err != nil && !errors.Is(err, io.EOF) {
		err = p.content.readFailed(err)
	}
	return n, err
}

// finish reads the rest and checks that this pass read the same bytes as the first one.
func (p *pass) finish() error {
	if _, err := io.Copy(io.Discard, p); err != nil {
		return p.content.changeOr(err)
	}
	if err := p.content.changed(); err != nil {
		return err
	}
	if [sha256.Size]byte(p.sum.Sum(nil)) != p.content.sum {
		return p.content.hasChanged()
	}
	return nil
}
