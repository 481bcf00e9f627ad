package providertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// trial is a subject with one live server.
type trial struct {
	Subject
	t         TB
	live      *url.URL
	transport *http.Transport
}

// begin starts the subject's server.
func (s Subject) begin(t TB) *trial {
	t.Helper()
	live, err := url.Parse(s.Serve(t))
	if err != nil || live.Host == "" {
		t.Fatalf("the subject serves at no base URL: %v", err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &trial{Subject: s, t: t, live: live, transport: transport}
}

// connect returns a client whose requests arrive at a new stage.
func (tr *trial) connect(play script) (provider.Client, *stage) {
	tr.t.Helper()
	s := newStage(tr.t, play)
	return tr.Connect(tr.t, s.server.URL+tr.live.EscapedPath()), s
}

// pass is the script that passes every request on to the live server.
func (tr *trial) pass(request sent) answer {
	target := *request.url
	target.Scheme, target.Host = tr.live.Scheme, tr.live.Host
	onward, err := http.NewRequest(request.method, target.String(), bytes.NewReader(request.body))
	if err != nil {
		return plainAnswer(http.StatusBadGateway, "text/plain", err.Error())
	}
	onward.Header = request.header.Clone()
	onward.Header.Del("Accept-Encoding")
	reply, err := tr.transport.RoundTrip(onward)
	if err != nil {
		return plainAnswer(http.StatusBadGateway, "text/plain", err.Error())
	}
	defer reply.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return plainAnswer(http.StatusBadGateway, "text/plain", err.Error())
	}
	return answer{status: reply.StatusCode, header: reply.Header, body: body}
}

// create creates a user with a client that reaches the live server, and returns the exchange.
func (tr *trial) create(record schema.Record) (provider.User, exchange, error) {
	client, s := tr.connect(tr.pass)
	user, err := client.Create(tr.t.Context(), record)
	if err != nil {
		return provider.User{}, exchange{}, fmt.Errorf("create on the live server: %w", err)
	}
	last, err := s.last()
	return user, last, err
}

// key returns the natural key of a record.
func (tr *trial) key(record schema.Record) string { return record.Text(tr.Adapter.Key) }

// findings collects what is wrong.
type findings []error

func (f *findings) add(err error) {
	if err != nil {
		*f = append(*f, err)
	}
}

// addf adds a finding as a text.
func (f *findings) addf(format string, values ...any) { f.add(fmt.Errorf(format, values...)) }

// in adds a finding with the place where it was found.
func (f *findings) in(place string, err error) {
	if err != nil {
		f.add(fmt.Errorf("%s: %w", place, err))
	}
}

func (f *findings) err() error { return errors.Join(*f...) }

// Error returns the findings one below the other.
func (f findings) Error() string { return errors.Join(f...).Error() }

// judge returns what is wrong with an error that should be of one of these classes.
func judge(err error, classes ...provider.Class) error {
	if err == nil {
		return fmt.Errorf("it succeeded, want an error of class %s", oneOf(classes))
	}
	failure, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return fmt.Errorf("the error is a %T and no *provider.Error: %w", err, err)
	}
	if failure.Op == "" {
		return fmt.Errorf("the error does not say what was tried: %w", err)
	}
	for _, class := range classes {
		if failure.Class == class {
			return nil
		}
	}
	return fmt.Errorf("the error is of class %s, want %s: %w", failure.Class, oneOf(classes), err)
}

func oneOf(classes []provider.Class) string {
	text := ""
	for i, class := range classes {
		if i > 0 {
			text += " or "
		}
		text += class.String()
	}
	return text
}
