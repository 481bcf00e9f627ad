package providertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// trial is a subject with one live server.
type trial struct {
	Subject
	t         testing.TB
	live      *url.URL
	transport *http.Transport
}

// begin starts the subject's server.
func (s Subject) begin(t testing.TB) *trial {
	t.Helper()
	live, err := url.Parse(s.Serve(t))
	if err != nil || live.Host == "" {
		t.Fatalf("the subject serves at no base URL: %v", err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &trial{Subject: s, t: t, live: live, transport: transport}
}

// connect makes a client whose requests arrive at a new stage.
func (tr *trial) connect(play script) (provider.Client, *stage) {
	tr.t.Helper()
	s := newStage(tr.t, play)
	return tr.Connect(tr.t, s.server.URL+tr.live.EscapedPath()), s
}

// pass is the script that hands every request on to the live server.
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

// create makes a user with a client that reaches the live server, and gives the exchange.
func (tr *trial) create(record schema.Record) (provider.User, exchange, error) {
	client, s := tr.connect(tr.pass)
	user, err := client.Create(tr.t.Context(), record)
	if err != nil {
		return provider.User{}, exchange{}, fmt.Errorf("create on the live server: %w", err)
	}
	last, err := s.last()
	return user, last, err
}

// key gives the natural key of a record.
func (tr *trial) key(record schema.Record) string { return record.Text(tr.Adapter.Key) }

// operation is one call of a client, as the checks of failures make it.
type operation struct {
	power provider.Power
	call  func(ctx context.Context, client provider.Client, record schema.Record) error
}

// operations lists what a client can do.
func (tr *trial) operations(client provider.Client) []operation {
	listed := []operation{{provider.PowerCreate, func(ctx context.Context, client provider.Client, record schema.Record) error {
		_, err := client.Create(ctx, record)
		return err
	}}}
	if _, ok := client.(provider.Finder); ok {
		listed = append(listed, operation{provider.PowerFind, func(ctx context.Context, client provider.Client, record schema.Record) error {
			_, err := client.(provider.Finder).Find(ctx, tr.key(record))
			return err
		}})
	}
	if _, ok := client.(provider.Lister); ok {
		listed = append(listed, operation{provider.PowerList, func(ctx context.Context, client provider.Client, _ schema.Record) error {
			_, err := listAll(ctx, client)
			return err
		}})
	}
	if _, ok := client.(provider.Checker); ok {
		listed = append(listed, operation{provider.PowerCheck, func(ctx context.Context, client provider.Client, _ schema.Record) error {
			return client.(provider.Checker).Check(ctx)
		}})
	}
	return listed
}

// listAll gives the users that a client lists before the first error.
func listAll(ctx context.Context, client provider.Client) ([]provider.User, error) {
	var users []provider.User
	for user, err := range client.(provider.Lister).List(ctx, nil) {
		if err != nil {
			return users, err
		}
		users = append(users, user)
	}
	return users, nil
}

// userOf gives the user of an operation that has one.
func (tr *trial) userOf(op operation, client provider.Client, record schema.Record) (provider.User, error) {
	switch op.power {
	case provider.PowerFind:
		return client.(provider.Finder).Find(tr.t.Context(), tr.key(record))
	case provider.PowerList:
		users, err := listAll(tr.t.Context(), client)
		for _, user := range users {
			if user.Key == tr.key(record) {
				return user, err
			}
		}
		return provider.User{}, errors.Join(errors.New("the user is not in the list"), err)
	default:
		return client.Create(tr.t.Context(), record)
	}
}

// rehearse runs an operation that succeeds and gives the exchange.
func (tr *trial) rehearse(op operation, record schema.Record) (exchange, error) {
	if op.power == provider.PowerFind || op.power == provider.PowerList {
		if _, _, err := tr.create(record); err != nil {
			return exchange{}, err
		}
	}
	client, s := tr.connect(tr.pass)
	if err := op.call(tr.t.Context(), client, record); err != nil {
		return exchange{}, fmt.Errorf("%s on the live server: %w", op.power, err)
	}
	return s.last()
}

// each runs every operation of the client against a stage of its own. The
// record and the genuine exchange of the operation are given along; the stage
// has no script yet.
func (tr *trial) each(try func(op operation, client provider.Client, s *stage, genuine exchange, record schema.Record) error) error {
	probe, _ := tr.connect(tr.pass)
	var found findings
	for i, op := range tr.operations(probe) {
		record := tr.record(i + 1)
		genuine, err := tr.rehearse(op, record)
		if err != nil {
			found.add(err)
			continue
		}
		client, s := tr.connect(tr.pass)
		found.in(string(op.power), try(op, client, s, genuine, record))
	}
	return found.err()
}

// findings collects what is wrong.
type findings []error

func (f *findings) add(err error) {
	if err != nil {
		*f = append(*f, err)
	}
}

// addf adds a finding in words.
func (f *findings) addf(format string, values ...any) { f.add(fmt.Errorf(format, values...)) }

// in adds a finding with the place where it was found.
func (f *findings) in(place string, err error) {
	if err != nil {
		f.add(fmt.Errorf("%s: %w", place, err))
	}
}

func (f *findings) err() error { return errors.Join(*f...) }

// judge says what is wrong with an error that should be of one of these classes.
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
