package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/fileperm"
)

func (r Resolver) readFile(ctx context.Context, ref Reference) (string, error) {
	path, err := r.expand(ref.rest)
	if err != nil {
		return "", &Error{Reference: ref, Kind: Missing, Problem: err.Error(), Hint: "use an absolute path", Err: err}
	}
	// A named pipe blocks until a writer opens it.
	content, err := await(ctx, func() ([]byte, error) { return readLimited(path) })
	switch {
	case err == nil && len(content) > maxLength:
		return "", &Error{Reference: ref, Kind: TooLong, Problem: fmt.Sprintf("the file is larger than %d KiB, too much for a secret", maxLength>>10)}
	case err == nil:
		return textOf(ref, content)
	case ctx.Err() != nil:
		return "", interrupted(ref, ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{Reference: ref, Kind: Missing, Problem: "file not found", Hint: "write the secret to it, or correct the path in the profile", Err: err}
	default:
		return "", &Error{Reference: ref, Kind: Unreadable, Problem: "could not read the file: " + reason(err), Hint: "make it readable by this user, or correct the path in the profile", Err: err}
	}
}

// File returns the path of the file that a reference leads to; ok is false for
// other references.
func (r Resolver) File(ref Reference) (path string, ok bool) {
	if ref.scheme != schemeFile {
		return "", false
	}
	path, err := r.expand(ref.rest)
	return path, err == nil
}

// readLimited reads a file up to one byte more than the limit.
func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(file, maxLength+1))
}

// reason returns the system's message without the path that a path error repeats.
func reason(err error) string {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err.Error()
	}
	return err.Error()
}

// Warning returns what is unsafe about the place of a secret: a file of this user that others can read. It returns ""
// if nothing is, and if the file cannot be checked.
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

// Exposure returns a warning if users other than this one may read or write a file of this user's, with the command
// that fixes it, and "" if they may not. A file of another user, such as one that a container mounts, is not checked;
// nor is anything on systems whose file modes do not show it.
func Exposure(path string) string {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || !fileperm.IsMine(info) || info.Mode().Perm()&0o077 == 0 {
		return ""
	}
	return "file is readable by other users; run: chmod 600 " + shellWord(path)
}

// shellWord quotes a path for a shell if that is necessary.
func shellWord(path string) string {
	if !strings.ContainsAny(path, " \t'\"\\$`&;|<>()*?[]{}~#!") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
