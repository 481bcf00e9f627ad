package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/owner"
)

func (r Resolver) readFile(ctx context.Context, ref Reference) (string, error) {
	path, err := r.expand(ref.rest)
	if err != nil {
		return "", &Error{Reference: ref, Kind: Missing, Problem: err.Error(), Hint: "write the path in full", Err: err}
	}
	// A named pipe blocks until somebody writes to it.
	content, err := await(ctx, func() ([]byte, error) { return readLimited(path) })
	switch {
	case err == nil && len(content) > maxLength:
		return "", &Error{Reference: ref, Kind: TooLong, Problem: fmt.Sprintf("the file is larger than %d KiB, too much for a secret", maxLength>>10)}
	case err == nil:
		return textOf(ref, content)
	case ctx.Err() != nil:
		return "", interrupted(ref, ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{Reference: ref, Kind: Missing, Problem: "there is no such file", Hint: "write the secret to it, or correct the path in the profile", Err: err}
	default:
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "the file cannot be read: " + reason(err), Hint: "let this user read it, or correct the path in the profile", Err: err}
	}
}

// File gives the path of the file that a reference leads to; ok is false for
// other references.
func (r Resolver) File(ref Reference) (path string, ok bool) {
	if ref.scheme != schemeFile {
		return "", false
	}
	path, err := r.expand(ref.rest)
	return path, err == nil
}

// readLimited reads a file up to one byte more than is allowed.
func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(file, maxLength+1))
}

// reason gives the system's own words without the path that a path error repeats.
func reason(err error) string {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err.Error()
	}
	return err.Error()
}

// Warning says what is unsafe about where a secret is kept: a file of this
// user that others can read. It gives "" where nothing is, and where the file
// cannot be looked at.
func (r Resolver) Warning(ref Reference) string {
	path, ok := r.File(ref)
	if !ok {
		return ""
	}
	if exposure := Exposure(path); exposure != "" {
		return ref.Shown() + ": " + exposure
	}
	return ""
}

// Exposure says that others than this user may read or write a file of the
// user's, with the command that ends it, and "" where they may not. What
// belongs to another, such as a file that a container mounts, is not looked
// at; nor is anything on systems whose file modes do not tell.
func Exposure(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || !owner.IsMine(info) || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return "others on this machine can open the file; protect it with: chmod 600 " + shellWord(path)
}

// shellWord quotes a path for a shell where it needs that.
func shellWord(path string) string {
	if !strings.ContainsAny(path, " \t'\"\\$`&;|<>()*?[]{}~#!") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
