package roster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Source is where a roster comes from. Make one with [File] or [Stream].
type Source struct {
	name   string
	stream io.Reader
}

// File is a file by its path. What cannot be read twice, such as a named pipe,
// is copied first, as a stream is.
func File(path string) Source { return Source{name: path} }

// Stream is a reader, such as standard input, with the name that errors call
// it by. It is copied to a temporary file that nobody else can read or find.
func Stream(name string, r io.Reader) Source { return Source{name: name, stream: r} }

// open reads a source once, to know its sum and its encoding.
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
		// A pipe whose writer is silent must not outlast the context.
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

// openFile opens what the path names, unless it is a folder.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	if info.IsDir() {
		return nil, &Error{Kind: Directory, File: path, Message: "a folder, not a file", Hint: "name a file in it"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return file, nil
}

// spool copies a stream to a temporary file, which has no name any more while
// it is used, where the system allows that.
func (c *content) spool(ctx context.Context, r io.Reader, tempDir string) error {
	file, err := os.CreateTemp(tempDir, "usher-*") // mode 0600
	if err != nil {
		return c.cannotCopy(err)
	}
	_ = os.Remove(file.Name()) // where an open file cannot be removed, close does it
	c.file = file
	if err := c.survey(ctx, r, file); err != nil {
		_ = c.close()
		return err
	}
	return nil
}

func (c *content) cannotCopy(cause error) error {
	return &Error{
		Kind: Unreadable, File: c.name, Cause: cause, Message: "cannot be copied to a temporary file: " + bare(cause),
		Hint: "set TMPDIR to a folder with enough space",
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

// interruptible ends a reading when its context ends.
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

// headWriter keeps the first bytes that are written.
type headWriter []byte

func (h *headWriter) Write(p []byte) (int, error) {
	if missing := headSize - len(*h); missing > 0 {
		*h = append(*h, p[:min(missing, len(p))]...)
	}
	return len(p), nil
}

// copyWriter remembers that it was the writing that failed.
type copyWriter struct {
	w   io.Writer
	err error
}

func (c *copyWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.err = err
	return n, err
}
