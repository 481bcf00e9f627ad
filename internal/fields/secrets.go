package fields

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// mostSecret is the maximum size of a secret from a file or a pipe in bytes.
const mostSecret = 64 << 10

// secretSource is the source of one secret field.
type secretSource struct {
	field schema.Field
	stdin bool
	file  string
}

func addSecret(flags *pflag.FlagSet, field schema.Field) *secretSource {
	s := &secretSource{field: field}
	name := field.FlagName()
	note := ""
	if field.Required {
		note = " (required)"
	}
	flags.BoolVar(&s.stdin, name+stdinSuffix, false, fmt.Sprintf("from standard input: %s%s", field.Help, note))
	flags.StringVar(&s.file, name+fileSuffix, "", fmt.Sprintf("from this file: %s%s", field.Help, note))
	for _, made := range flagNames(field) {
		mark(flags.Lookup(made), field)
	}
	return s
}

// UsesStdin reports whether a secret is read from standard input, and returns its flag.
func (f *Flags) UsesStdin() (flag string, uses bool) {
	for _, s := range f.secrets {
		if s.stdin {
			return "--" + s.field.FlagName() + "-stdin", true
		}
	}
	return "", false
}

// SecretArgs returns the arguments that read the secrets from the same sources, quoted for a shell.
func (f *Flags) SecretArgs() []string {
	var args []string
	for _, s := range f.secrets {
		names := flagNames(s.field)
		if s.stdin {
			args = append(args, "--"+names[0])
		}
		if s.file != "" {
			args = append(args, "--"+names[1], shell.Quote(s.file))
		}
	}
	return args
}

// Secrets returns the secret fields, read from the sources of their flags. One line break at the end is not part of a
// secret.
func (f *Flags) Secrets(stdin io.Reader) (schema.Record, error) {
	record := schema.Record{}
	fromStdin := ""
	for _, s := range f.secrets {
		name := s.field.FlagName()
		var text string
		var err error
		switch {
		case s.stdin && s.file != "":
			return nil, fmt.Errorf("--%s-stdin cannot be combined with --%s-file", name, name)
		case s.stdin && fromStdin != "":
			return nil, fmt.Errorf("%s cannot be combined with --%s-stdin: both read standard input", fromStdin, name)
		case s.stdin:
			fromStdin = "--" + name + "-stdin"
			if text, err = readSecret(stdin, "standard input"); err != nil {
				return nil, fmt.Errorf("%s: %w", fromStdin, err)
			}
		case s.file != "":
			if text, err = readSecretFile(s.file); err != nil {
				return nil, fmt.Errorf("--%s-file: %w", name, err)
			}
		default:
			continue
		}
		record[s.field.Name] = text
	}
	return record, nil
}

func readSecretFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, reason(err))
	}
	defer file.Close()
	return readSecret(file, path)
}

func readSecret(r io.Reader, name string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostSecret+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, reason(err))
	}
	if len(text) > mostSecret {
		return "", fmt.Errorf("%s is larger than %d bytes", name, mostSecret)
	}
	plain, err := secret.Text(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w; save it as UTF-8", name, err)
	}
	if plain == "" {
		return "", errors.New(name + " is empty")
	}
	return plain, nil
}

// reason returns the system's error without the path of a path error.
func reason(err error) error {
	if failure, ok := errors.AsType[*fs.PathError](err); ok {
		return failure.Err
	}
	return err
}

// SetsSecret reports whether an argument has the form FIELD=VALUE with a secret field, also behind a flag and an equals sign.
// A mapping has no values.
func SetsSecret(table schema.Table, arg string) bool {
	parts := strings.Split(arg, "=")
	return parts[0] != "--map" && slices.ContainsFunc(parts[:len(parts)-1], func(name string) bool {
		field, ok := table.Match(name)
		return ok && field.HasSecret()
	})
}
