package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/rest"
)

// requestDoc is a request that was not sent, in documents for programs.
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

// showPreview prints the requests that a dry run recorded. Err is the error of the client, and done the
// operation's participle.
func (r *run) showPreview(ctx context.Context, preview *rest.Preview, err error, done string) error {
	if !errors.Is(err, rest.ErrNotSent) {
		return fmt.Errorf("could not build the request: %w", err)
	}
	printer, err := r.App.Printer()
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
		if err := printer.Text(ctx, asHTTP(request), doc, rows, ""); err != nil {
			return err
		}
	}
	r.App.Streams.Say("", fmt.Sprintf("Dry run: nothing was %s.", done))
	return nil
}

// asHTTP writes a request in the format of HTTP/1.1.
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
