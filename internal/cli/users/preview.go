package users

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// requestDoc is a request that was not sent, for programs.
type requestDoc struct {
	Schema  string          `json:"schema"`
	Method  string          `json:"method"`
	URL     string          `json:"url"`
	Headers []headerDoc     `json:"headers"`
	Body    json.RawMessage `json:"body,omitempty"`
}

type headerDoc struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// preview prints the request that would create the user.
func (o *createOptions) preview(ctx context.Context, record schema.Record) error {
	record = o.withPlaceholders(record)
	preview, client, err := o.app.Preview(o.selection)
	if err != nil {
		return err
	}
	if _, err := client.Create(ctx, record); !errors.Is(err, rest.ErrNotSent) {
		return fmt.Errorf("the dry run could not make the request: %w", err)
	}
	if err := showRequests(ctx, o.app, preview); err != nil {
		return err
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was sent.")
	return nil
}

// showRequests prints the requests that were recorded.
func showRequests(ctx context.Context, a *app.App, preview *rest.Preview) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	for _, request := range preview.Requests() {
		doc := requestDoc{Schema: "usher.request/v1", Method: request.Method, URL: request.URL, Body: request.Body}
		rows := [][2]string{{"request", request.Method + " " + request.URL}}
		for _, header := range request.Headers {
			doc.Headers = append(doc.Headers, headerDoc{header[0], header[1]})
			rows = append(rows, [2]string{"header", header[0] + ": " + header[1]})
		}
		if printer.Format() == render.Table || printer.Format() == render.TSV {
			fmt.Fprint(a.Streams.Out, term.Sanitize(asHTTP(request)))
			continue
		}
		if err := printer.Object(ctx, doc, rows, ""); err != nil {
			return err
		}
	}
	return nil
}

// asHTTP writes a request the way HTTP does.
func asHTTP(request rest.Rendering) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", request.Method, request.URL)
	for _, header := range request.Headers {
		fmt.Fprintf(&b, "%s: %s\n", header[0], header[1])
	}
	if len(request.Body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", request.Body)
	}
	return b.String()
}
