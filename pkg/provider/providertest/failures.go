package providertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// patience is how long a call may go on after its context has ended. Only a
// client that ignores the context takes that long.
const patience = 5 * time.Second

// failureChecks returns the checks of operations that fail.
func failureChecks() []Check {
	return []Check{
		{"every status has its class", checkStatuses},
		{"Retry-After is understood", checkRetryAfter},
		{"redirects are not followed", checkRedirects},
		{"an unusable response is unknown", checkGarbled},
		{"a response without an id is unknown", checkWithoutID},
		{"a response about another user is unknown", checkAnotherUser},
		{"a lost response is unknown", checkLost},
		{"a server that cannot be reached is unsent", checkUnreachable},
		{"a context that has ended sends nothing", checkEndedContext},
		{"a context that ends is obeyed", checkEndingContext},
		{"one change is one request", checkOneRequest},
	}
}

// statuses lists the responses with a status that is neither a success nor a redirect.
func statuses() []int {
	return []int{
		400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 418, 421, 422, 425, 429, 431, 451,
		500, 501, 502, 503, 504, 507, 520, 599,
	}
}

// refusals lists bodies that come with such a status.
func refusals() map[string]string {
	return map[string]string{
		"application/json": `{"message":"no"}`,
		"text/html":        `<html><body>no</body></html>`,
		"text/plain":       ``,
	}
}

func checkStatuses(t TB, subject Subject) error {
	tr := subject.begin(t)
	conflict, err := tr.conflictStatus()
	if err != nil {
		return err
	}
	return tr.each(func(r *rehearsal) error {
		var found findings
		r.conflict = conflict
		for _, status := range statuses() {
			for contentType, body := range refusals() {
				if contentType != "application/json" && status%100 != 0 {
					continue // one of each hundred shows what the body does
				}
				r.stage.change(always(plainAnswer(status, contentType, body)))
				found.add(r.judgeStatus(r.again(t.Context()), status, false, contentType != "application/json" && body != ""))
			}
		}
		return found.err()
	})
}

// conflictStatus returns the status with which the live server refuses a user who exists.
func (tr *trial) conflictStatus() (int, error) {
	const unused = 990 // no other check has a user of this number
	client, s := tr.connect(tr.pass)
	record := tr.record(unused)
	if _, err := client.Create(tr.t.Context(), record); err != nil {
		return 0, fmt.Errorf("create on the live server: %w", err)
	}
	_, _ = client.Create(tr.t.Context(), record) // another check judges the error
	last, err := s.last()
	return last.answer.status, err
}

// judgeStatus returns what is wrong with the error that follows a status. Foreign reports that the response's body is
// not of the content type of an API. After a request that may have changed something, such a response and every 5xx
// leave open whether it did. So may any failure of a read that follows a change.
func (r *rehearsal) judgeStatus(err error, status int, retryAfter, foreign bool) error {
	want := provider.ClassOfStatus(status, retryAfter)
	last, sendErr := r.stage.last()
	if sendErr != nil {
		return sendErr
	}
	if !last.sent.reads() && status != http.StatusTooManyRequests && (foreign || status >= http.StatusInternalServerError) {
		want = provider.Unknown
	}
	if failure, ok := errors.AsType[*provider.Error](err); ok && (failure.Ambiguous || failure.Class == provider.Conflict && status == r.conflict) {
		want = provider.Conflict // a documented meaning
	}
	classes := []provider.Class{want}
	if last.sent.reads() && slices.ContainsFunc(r.stage.preludes, func(e exchange) bool { return !e.sent.reads() }) {
		classes = append(classes, provider.Unknown)
	}
	if wrong := judge(err, classes...); wrong != nil {
		return fmt.Errorf("status %d: %w", status, wrong)
	}
	if failure, ok := errors.AsType[*provider.Error](err); ok && failure.Status != status {
		return fmt.Errorf("status %d: the error has the status %d", status, failure.Status)
	}
	return nil
}

func checkRetryAfter(t TB, subject Subject) error {
	const wait = 7 * time.Second
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		var found findings
		for _, status := range []int{403, 429, 503} {
			r.stage.change(always(plainAnswer(status, "text/plain", "").withHeader("Retry-After", "7")))
			err := r.again(t.Context())
			found.add(r.judgeStatus(err, status, true, false))
			if failure, ok := errors.AsType[*provider.Error](err); ok && failure.RetryAfter != wait {
				found.addf("status %d: asked to wait %s, want %s", status, failure.RetryAfter, wait)
			}
		}
		return found.err()
	})
}

// checkRedirects sends the client to another server, and to another path of the same one.
func checkRedirects(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		elsewhere := newStage(t, always(r.genuine.answer))
		var found findings
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, location := range []string{elsewhere.server.URL + r.genuine.url.Path, "/elsewhere"} {
				asked := 0
				r.stage.change(func(sent) answer {
					if asked++; asked > 1 {
						return r.genuine.answer
					}
					return plainAnswer(status, "text/plain", "").withHeader("Location", location)
				})
				found.add(r.judgeStatus(r.again(t.Context()), status, false, false))
				if n := len(r.stage.received()); n != 1 {
					found.addf("status %d to %s: %d requests arrived, want one", status, location, n)
				}
			}
		}
		if n := len(elsewhere.received()); n != 0 {
			found.addf("%d requests went to another server", n)
		}
		return found.err()
	})
}

// garbled lists responses of a good status that are unusable, derived from a genuine one.
func garbled(genuine answer) map[string]answer {
	text := genuine.body
	answers := map[string]answer{
		"an empty body":            genuine.with(nil),
		"no content":               {status: http.StatusNoContent},
		"a page":                   plainAnswer(http.StatusOK, "text/html", "<html><body>Sign in</body></html>"),
		"a body that is cut off":   genuine.with(text[:len(text)/2]),
		"two documents":            genuine.with(append(append([]byte{}, text...), text...)),
		"a closing bracket":        genuine.with(append(append([]byte{}, text...), '}')),
		"an object without member": genuine.with([]byte("{}")),
		"null":                     genuine.with([]byte("null")),
		"a number":                 genuine.with([]byte("42")),
		"a truth value":            genuine.with([]byte("true")),
		"a text":                   genuine.with([]byte(`"created"`)),
	}
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		answers["a list"] = genuine.with([]byte("[]"))
	}
	return answers
}

// checkGarbled sends bad responses to every operation but a create, for which the status alone is enough. A lookup that
// has found its user does not have to read what follows, and an operation whose response is only its status has no bad
// one.
func checkGarbled(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		switch r.power {
		case provider.CapabilityCreate, provider.CapabilityDelete, provider.CapabilityAddMember, provider.CapabilityRemoveMember, provider.CapabilityRevoke:
			return nil
		}
		if len(r.genuine.answer.body) == 0 {
			return nil
		}
		var found findings
		for name, reply := range garbled(r.genuine.answer) {
			if r.power == provider.CapabilityFind && bytes.HasPrefix(reply.body, r.genuine.answer.body) {
				continue
			}
			r.stage.change(always(reply))
			found.in(name, judge(r.again(t.Context()), provider.Unknown))
		}
		return found.err()
	})
}

// checkWithoutID removes the id from genuine responses, wherever it is.
func checkWithoutID(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		if r.operation.user == nil || len(r.genuine.answer.body) == 0 || r.power == provider.CapabilityCreate {
			return nil
		}
		r.stage.change(always(r.genuine.answer))
		user, err := r.operation.user(t.Context(), r.client, r.target)
		if err != nil {
			return err
		}
		document, err := parse(r.genuine.answer.body)
		if err != nil {
			return err
		}
		reply := r.genuine.answer
		reply.header = reply.header.Clone()
		for name := range reply.header {
			if reply.header.Get(name) == user.ID {
				reply.header.Del(name)
			}
		}
		var found findings
		for name, id := range map[string]any{"no id": nil, "an id that is null": nil, "an empty id": "", "an id that is an object": map[string]any{}} {
			r.stage.change(always(reply.with(format(edit(document, func(_ string, value any) (any, bool) {
				if isScalar(value, user.ID) {
					return id, name != "no id"
				}
				return value, true
			})))))
			found.in(name, judge(r.again(t.Context()), provider.Unknown))
		}
		return found.err()
	})
}

// checkAnotherUser answers a request about one user with the genuine response about another one. A lookup has a
// separate check, and a create may return the key in a form of the provider's own.
func checkAnotherUser(t TB, subject Subject) error {
	tr := subject.begin(t)
	probe, _ := tr.connect(tr.pass)
	var found findings
	for i, op := range tr.operations(probe) {
		if op.user == nil || op.power == provider.CapabilityList || op.power == provider.CapabilityFind || op.power == provider.CapabilityCreate {
			continue
		}
		theirs, err := tr.rehearse(op, tr.record(2*i+1))
		if err != nil {
			return err
		}
		ours, err := tr.rehearse(op, tr.record(2*i+2))
		if err != nil {
			return err
		}
		if len(theirs.genuine.answer.body) == 0 {
			continue
		}
		for _, preludes := range [][]exchange{nil, preludesOf(ours.before, ours.genuine)} {
			ours.stage.preludes = preludes
			ours.stage.change(always(theirs.genuine.answer))
			found.in(string(op.power), judge(ours.again(t.Context()), provider.Unknown))
		}
	}
	return found.err()
}

// checkLost loses the response in every way, on a new connection and on one that was used before.
func checkLost(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		var found findings
		for name, ending := range map[string]ending{"reset": reset, "closed": hangUp, "cut off": cut} {
			if ending == cut && len(r.genuine.answer.body) == 0 {
				continue // it is whole
			}
			for _, used := range []bool{false, true} {
				client, s := r.connect(always(r.genuine.answer))
				if used {
					found.in("a genuine answer", r.run(t.Context(), client, r.target))
				}
				reply := r.genuine.answer
				reply.ending = ending
				s.change(always(reply))
				err := r.run(t.Context(), client, r.target)
				if err != nil || len(s.received()) > 0 || len(s.preludes) == 0 { // a used client may have no need of the last request
					found.in(name, judge(err, provider.Unknown))
				}
				if n := len(r.counted(s)); n > 1 || n == 0 && r.power == provider.CapabilityCreate {
					found.addf("%s: %d requests arrived, want one", name, n)
				}
			}
		}
		return found.err()
	})
}

// checkUnreachable tries an address without a listener, and a server with an untrusted certificate.
func checkUnreachable(t TB, subject Subject) error {
	tr := subject.begin(t)
	distrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	distrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	distrusted.StartTLS()
	t.Cleanup(distrusted.Close)

	record := tr.record(1)
	user, _, err := tr.create(record)
	if err != nil {
		return err
	}
	probe, _ := tr.connect(tr.pass)
	operations := tr.operations(probe)
	var found findings
	for _, origin := range []string{"http://" + unusedAddress(t), distrusted.URL} {
		client := tr.Connect(t, origin+tr.live.EscapedPath())
		for _, op := range operations {
			found.in(string(op.power), judge(op.run(t.Context(), client, target{record, user}), provider.Unsent))
		}
	}
	return found.err()
}

// unusedAddress returns a loopback address without a listener until the test ends: it is the client's side of a
// connection.
func unusedAddress(t TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String()
}

func checkEndedContext(t TB, subject Subject) error {
	tr := subject.begin(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	return tr.each(func(r *rehearsal) error {
		r.stage.change(always(r.genuine.answer))
		err := r.again(ended)
		var found findings
		found.add(judge(err, provider.Unsent))
		if !errors.Is(err, context.Canceled) {
			found.addf("the error does not wrap context.Canceled: %w", err)
		}
		if n := len(r.stage.received()); n != 0 {
			found.addf("%d requests were sent", n)
		}
		return found.err()
	})
}

// checkEndingContext ends the context when the request has arrived and the response has not left.
func checkEndingContext(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		arrived, release := make(chan struct{}, 1), make(chan struct{})
		r.stage.change(func(sent) answer {
			select {
			case arrived <- struct{}{}:
			default:
			}
			<-release
			return r.genuine.answer
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		result := make(chan error, 1)
		go func() { result <- r.again(ctx) }()
		defer close(release)
		select {
		case <-arrived:
		case err := <-result:
			return fmt.Errorf("it came back before its answer: %w", err)
		}
		cancel()
		select {
		case err := <-result:
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("the error does not wrap context.Canceled: %w", err)
			}
			return judge(err, provider.Unknown)
		case <-time.After(patience):
			return errors.New("it goes on waiting for the answer")
		}
	})
}
