package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Source is the source of a roster, returned by [File] or [Stream].
type Source struct {
	name   string
	stream io.Reader
}

// File returns a file by its path as a source. A file that cannot be read twice, such as a named pipe, is copied
// first, like a stream.
func File(path string) Source { return Source{name: path} }

// Stream returns a reader, such as standard input, as a source with a name for errors. It is copied to a private
// temporary file.
func Stream(name string, r io.Reader) Source { return Source{name: name, stream: r} }

// open reads a source once, to determine its digest and its encoding.
func (s Source) open(ctx context.Context, tempDir string) (*content, error) {
	c := &content{name: s.name}
	if s.stream != nil {
		return c, c.spool(ctx, s.stream, tempDir)
	}
	file, err := openFile(s.name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, unreadable(s.name, err)
	}
	if !info.Mode().IsRegular() {
		defer func() { _ = file.Close() }()
		// Reading a silent pipe must end with the context.
		defer context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Now()) })()
		return c, c.spool(ctx, file, tempDir)
	}
	c.file, c.info, c.size = file, info, info.Size()
	if err := c.survey(ctx, io.NewSectionReader(file, 0, c.size), io.Discard); err != nil {
		_ = file.Close()
		return nil, c.changeOr(err)
	}
	return c, nil
}

// openFile opens a path, unless it is a directory.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info.IsDir() {
		return nil, &Error{Kind: Directory, File: path, Message: "not a file but a directory", Hint: "specify a file in it"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return file, nil
}

// spool copies a stream to a temporary file, which has no name while it is used, if the system allows that.
func (c *content) spool(ctx context.Context, r io.Reader, tempDir string) error {
	file, err := os.CreateTemp(tempDir, "usher-*") // mode 0600
	if err != nil {
		return c.cannotCopy(err)
	}
	_ = os.Remove(file.Name()) // if an open file cannot be removed, close removes it
	c.file = file
	if err := c.survey(ctx, r, file); err != nil {
		_ = c.close()
		return err
	}
	return nil
}

func (c *content) cannotCopy(cause error) error {
	dir := os.TempDir()
	if failed, ok := errors.AsType[*fs.PathError](cause); ok {
		dir = filepath.Dir(failed.Path)
	}
	return &Error{
		Kind: Unreadable, File: c.name, Cause: cause, Message: "could not copy to a temporary file in " + dir + ": " + bare(cause),
		Hint: "set TMPDIR to a writable directory with enough space",
	}
}

// survey reads all of the bytes once and copies them.
func (c *content) survey(ctx context.Context, r io.Reader, copyTo io.Writer) error {
	sum, target := sha256.New(), &copyWriter{w: copyTo}
	size, err := io.Copy(io.MultiWriter(sum, &c.encodings, (*headWriter)(&c.head), target), &interruptible{ctx: ctx, r: r})
	switch {
	case target.err != nil:
		return c.cannotCopy(target.err)
	case err != nil && ctx.Err() != nil:
		return c.readFailed(ctx.Err())
	case err != nil:
		return c.readFailed(err)
	}
	c.size, c.sum = size, [sha256.Size]byte(sum.Sum(nil))
	return nil
}

func (c *content) readFailed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return unreadable(c.name, err)
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, fmt.Errorf("reading was interrupted: %w", err)
	}
	return i.r.Read(b)
}

// headWriter stores the first bytes that are written.
type headWriter []byte

func (h *headWriter) Write(p []byte) (int, error) {
	if missing := headSize - len(*h); missing > 0 {
		*h = append(*h, p[:min(missing, len(p))]...)
	}
	return len(p), nil
}

// copyWriter records whether the writing failed.
type copyWriter struct {
	w   io.Writer
	err error
}

func (c *copyWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.err = err
	return n, err
}
