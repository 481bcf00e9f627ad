package keys

import (
	"context"
	"fmt"

	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// place is where a new key goes: a file, the terminal, or standard output.
type place struct {
	o       *createOptions
	printer *render.Printer
	user    provider.User
	file    *passwords.SecretFile // nil if it is not a file
}

// keep writes the key. It is the one place where a key is written.
func (p place) keep(ctx context.Context, key provider.APIKey) error {
	streams := p.o.app.Streams
	switch {
	case p.file != nil:
		return p.file.Keep(key.Key)
	case p.o.keyFile == toStdout:
		text := key.Key
		if streams.OutIsTerminal() {
			text = term.SanitizeLine(text)
		}
		_, err := fmt.Fprintln(streams.Out, text)
		return err
	default:
		fmt.Fprintln(streams.Err, "This key is shown only once.")
		return p.print(ctx, key, key.Key)
	}
}

// report prints what was created, if the key itself was written elsewhere.
func (p place) report(ctx context.Context, key provider.APIKey) error {
	if p.file == nil {
		return nil
	}
	fmt.Fprintf(p.o.app.Streams.Err, "Wrote the key to %s (readable only by you).\n", p.o.keyFile)
	return p.print(ctx, key, shortened(key.Key))
}

// print shows the key's attributes, and the given form of the key in a table.
func (p place) print(ctx context.Context, key provider.APIKey, shown string) error {
	doc := describe(p.o.selection, p.user, key)
	rows := [][2]string{{"user", doc.User}, {"key", shown}}
	texts := cells(doc.Attributes)
	for i, column := range columns() {
		rows = append(rows, [2]string{column, texts[i]})
	}
	return p.printer.Object(ctx, doc, rows, "")
}

// discard removes the file, if there is no key for it.
func (p place) discard() error {
	if p.file == nil {
		return nil
	}
	return p.file.Discard()
}
