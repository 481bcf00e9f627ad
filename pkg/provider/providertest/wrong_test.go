package providertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// sending is a transport made of a function.
type sending func(context.Context, provider.Request) (*provider.Response, error)

func (s sending) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	return s(ctx, request)
}

// onSender changes the transport itself.
func onSender(change func(*sender)) func(*acme) {
	return func(a *acme) {
		a.transport = func(t provider.Transport) provider.Transport {
			if s, ok := t.(*sender); ok {
				change(s)
			}
			return t
		}
	}
}

// around puts a function between the client and its transport.
func around(wrong func(next provider.Transport) sending) func(*acme) {
	return func(a *acme) { a.transport = func(next provider.Transport) provider.Transport { return wrong(next) } }
}

// misclassing takes one status for another class.
func misclassing(status int, class provider.Class) func(*acme) {
	return onSender(func(s *sender) {
		s.class = func(got int, retryAfter bool) provider.Class {
			if got == status {
				return class
			}
			return provider.ClassOfStatus(got, retryAfter)
		}
	})
}

// encoding changes the record before it is written.
func encoding(change func(schema.Record)) func(*acme) {
	return func(a *acme) {
		right := a.encode
		a.encode = func(record schema.Record) ([]byte, error) {
			record = record.With(nil)
			change(record)
			return right(record)
		}
	}
}

// reading changes the user that was read.
func reading(change func(user *provider.User, object json.RawMessage)) func(*acme) {
	return func(a *acme) {
		right := a.read
		a.read = func(object json.RawMessage) (provider.User, error) {
			user, err := right(object)
			change(&user, object)
			return user, err
		}
	}
}

// affirming reads answers to creates in a wrong way.
func affirming(wrong func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error)) func(*acme) {
	return func(a *acme) { a.affirm = wrong }
}

// picking changes the error of a lookup that found nobody.
func picking(change func(*provider.Error)) func(*acme) {
	return func(a *acme) {
		right := a.pick
		a.pick = func(op, key string, users []provider.User) (provider.User, error) {
			user, err := right(op, key, users)
			if failure, ok := err.(*provider.Error); ok {
				change(failure)
			}
			return user, err
		}
	}
}

// first picks the first user of a lookup.
func first(op, _ string, users []provider.User) (provider.User, error) {
	if len(users) == 0 {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: op, Absence: provider.AbsenceDocumented}
	}
	return users[0], nil
}

// following changes what a list yields.
func following(wrong func(iter.Seq2[provider.User, error]) iter.Seq2[provider.User, error]) func(*acme) {
	return func(a *acme) {
		a.course = func(list provider.Paging[provider.User], read func(int) (provider.Page[provider.User], error)) iter.Seq2[provider.User, error] {
			return wrong(list.ByOffset(read))
		}
	}
}

// trusting yields a list without its doubts.
func trusting(list iter.Seq2[provider.User, error]) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		for user, err := range list {
			if provider.IsIncomplete(err) || !yield(user, err) {
				return
			}
		}
	}
}

// apart yields the users of pages that do not overlap, and compares the total.
func apart(read func(int) (provider.Page[provider.User], error)) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		const op = "list the users"
		began, total := map[string]bool{}, -1
		for offset := 0; ; {
			page, err := read(offset)
			if err == nil && len(page.Members) > 0 && began[page.Members[0].Key] {
				err = provider.BadResponse(op, http.StatusOK, errors.New("a page came twice"))
			}
			if err != nil {
				yield(provider.User{}, err)
				return
			}
			for i, user := range page.Members {
				began[user.Key] = began[user.Key] || i == 0
				if !yield(user, nil) {
					return
				}
			}
			offset += len(page.Members)
			if total < 0 {
				total = page.Total
			}
			if len(page.Members) == 0 || offset >= page.Total {
				if offset != page.Total || total != page.Total {
					yield(provider.User{}, provider.Incomplete(op, errors.New("another total")))
				}
				return
			}
		}
	}
}

// wrongClient changes one part of a right client.
type wrongClient struct {
	name   string
	change func(*acme)
	// noticed lists the checks that have to notice.
	noticed []string
}

// wrongClients lists clients that are wrong in one way each, with the checks
// that have to notice.
func wrongClients() []wrongClient {
	return []wrongClient{
		{"sends twice", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				if r.Method == http.MethodPost && ctx.Err() == nil {
					ctx := context.WithoutCancel(ctx)
					defer func() { _, _ = next.Do(ctx, r) }()
				}
				return next.Do(ctx, r)
			}
		}), []string{
			"one change is one request", "create is safe for concurrent use", "redirects are not followed", "a lost response is unknown",
			"a context that ends is obeyed",
			// and, because the second answer is a refusal:
			"a create is affirmed by its status", "a response that affirms nothing is not a create", "a create returns the key in the provider's form",
			"a create takes its id from an address", "attributes contain no secret", "errors contain no secret",
		}},
		{"sends again after a 500", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && failure.Status == http.StatusInternalServerError {
					return next.Do(ctx, r)
				}
				return answer, err
			}
		}), []string{"one change is one request"}},
		{"sends again when the answer was lost", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && failure.Status == 0 && failure.Class == provider.Unknown && ctx.Err() == nil {
					return next.Do(ctx, r)
				}
				return answer, err
			}
		}), []string{"a lost response is unknown", "one change is one request"}},
		{"follows redirects", onSender(func(s *sender) { s.http.CheckRedirect = nil }), []string{"redirects are not followed"}},
		{"drops a field", encoding(func(r schema.Record) { delete(r, "name.family") }), []string{"create sends every field"}},
		{"cuts a list", encoding(func(r schema.Record) {
			if roles, ok := r["roles"].([]string); ok {
				r["roles"] = roles[:1]
			}
		}), []string{"create sends every field"}},
		{"sends absent fields as empty", encoding(func(r schema.Record) {
			for _, name := range []string{"name.given", "name.family"} {
				r[name] = r.Text(name)
			}
		}), []string{"create leaves absent fields out"}},
		{"sends an empty object for an absent one", func(a *acme) {
			right := a.encode
			a.encode = func(r schema.Record) ([]byte, error) {
				body, err := right(r)
				if _, given := r["device"]; !given && err == nil {
					body = append([]byte(`{"extra":{},`), body[1:]...)
				}
				return body, err
			}
		}, []string{"create leaves absent fields out"}},
		{"sends to another tenant", func(a *acme) {
			a.path = func(schema.Record) string { return "/tenants/99/users" }
		}, []string{"create sends the documented request"}},
		{"sends to another path", func(a *acme) {
			a.adapter.Endpoints[0].Request = "POST /users/{tenant}"
		}, []string{"create sends the documented request"}},
		{"sends a record that it could not write", func(a *acme) {
			right := a.encode
			a.encode = func(r schema.Record) ([]byte, error) {
				if body, err := right(r); err == nil {
					return body, nil
				}
				return []byte("{}"), nil
			}
		}, []string{"create refuses a record that cannot be written"}},
		{"forgets the credentials", func(a *acme) {
			a.adapter.Auth.Headers = append(a.adapter.Auth.Headers, provider.AuthHeader{Name: "X-Key", Setting: "token"})
		}, []string{"credentials are sent"}},
		{"tells the password of a refused user", onSender(func(s *sender) {
			s.hide = func(text string, _ []string) string { return redacted(text, []string{acmeToken}) }
		}), []string{"errors contain no secret"}},
		{"tells the token", onSender(func(s *sender) {
			s.hide = func(text string, secrets []string) string { return redacted(text, secrets[:len(secrets)-1]) }
		}), []string{"errors contain no secret"}},
		{"tells what made no sense", func(a *acme) {
			a.read = func(object json.RawMessage) (provider.User, error) {
				user, err := provider.ReadUser(object, acmeTable(), "id", "email")
				if err != nil {
					err = fmt.Errorf("%w: %s", err, object)
				}
				return user, err
			}
		}, []string{"errors contain no secret"}},
		{"takes garbage for success", func(a *acme) {
			a.garbled = func(string, int, error) error { return nil }
		}, []string{
			"an unusable response is unknown", "a response without an id is unknown",
		}},
		{"takes garbage for a refusal", func(a *acme) {
			a.garbled = func(op string, status int, cause error) error {
				return &provider.Error{Class: provider.Invalid, Op: op, Status: status, Err: cause}
			}
		}, []string{
			"an unusable response is unknown", "a response without an id is unknown",
		}},
		{"gives an error of its own type", func(a *acme) {
			a.garbled = func(_ string, _ int, cause error) error { return cause }
		}, []string{
			"an unusable response is unknown", "a response without an id is unknown",
		}},
		{"gives an empty id", reading(func(user *provider.User, _ json.RawMessage) { user.ID = "" }), []string{
			"create returns id, key and attributes", "create is safe for concurrent use", "find returns the created user",
			"find accepts a key in another case", "find escapes keys", "find returns no other user", "list yields every user",
			"a response without an id is unknown", "a create returns the key in the provider's form",
		}},
		{"accepts a user without id", func(a *acme) {
			a.read = func(object json.RawMessage) (provider.User, error) {
				user, err := provider.ReadUser(object, acmeTable(), "email", "email")
				if id, failed := provider.ReadUser(object, acmeTable(), "id", "email"); failed == nil {
					user.ID = id.ID
				}
				return user, err
			}
		}, []string{"a response without an id is unknown", "a create is affirmed by its status"}},
		{"gives no attributes", reading(func(user *provider.User, _ json.RawMessage) { user.Attributes = nil }), []string{
			"create returns id, key and attributes", "find returns the created user", "list yields every user", "attributes contain no secret",
		}},
		{"gives the password back", reading(func(user *provider.User, object json.RawMessage) { user.Attributes = object }),
			[]string{"attributes contain no secret"}},
		{"ignores the context", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				if r.Method == http.MethodPost {
					ctx = context.WithoutCancel(ctx)
				}
				return next.Do(ctx, r)
			}
		}), []string{"a context that has ended sends nothing", "a context that ends is obeyed"}},
		{"takes a key in another form for another user", func(a *acme) {
			a.created = func(user provider.User, record schema.Record) error {
				if user.Key == "" {
					return nil
				}
				return provider.SameKey(user, record.Text("email"))
			}
		}, []string{"a create returns the key in the provider's form"}},
		{"takes an unreadable answer to a create for a lost one", affirming(func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			if user, err := shape.Read(answer.Body); err == nil {
				return user, nil
			}
			return provider.User{}, provider.BadResponse(op, answer.Status, errors.New("it cannot be read"))
		}), []string{"a create is affirmed by its status", "a response that affirms nothing is not a create", "a create takes its id from an address"}},
		{"takes every good answer to a create for a user", affirming(func(_ string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			user, err := provider.ReadCreated("create the user", answer, shape)
			if err != nil {
				return user, nil
			}
			return user, nil
		}), []string{"a response that affirms nothing is not a create"}},
		{"takes an accepted create for a user", affirming(func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			if answer.Status == http.StatusAccepted {
				answer.Status = http.StatusCreated
			}
			return provider.ReadCreated(op, answer, shape)
		}), []string{"a response that affirms nothing is not a create"}},
		{"forgets that there was an answer", affirming(func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			user, err := provider.ReadCreated(op, answer, shape)
			if failure, ok := err.(*provider.Error); ok {
				failure.Answered = false
			}
			return user, err
		}), []string{"a response that affirms nothing is not a create"}},
		{"takes no id from an address", affirming(func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			shape.Location = nil
			return provider.ReadCreated(op, answer, shape)
		}), []string{"a create takes its id from an address"}},
		{"takes the end of any address for an id", affirming(func(op string, answer *provider.Response, shape provider.CreateShape) (provider.User, error) {
			shape.Location = func(_, location string) string {
				id, _ := url.PathUnescape(location[strings.LastIndexByte(location, '/')+1:])
				return id
			}
			return provider.ReadCreated(op, answer, shape)
		}), []string{"a create takes its id from an address"}},
		{"finds the first user", func(a *acme) { a.pick = first }, []string{"find returns no other user"}},
		{"does not name the other user", picking(func(failure *provider.Error) { failure.Users = nil }), []string{"find returns no other user"}},
		{"takes another user for nobody", func(a *acme) {
			right := a.pick
			a.pick = func(op, key string, users []provider.User) (provider.User, error) {
				user, err := right(op, key, users)
				if err != nil && provider.ClassOf(err) == provider.Unknown {
					err = &provider.Error{Class: provider.NotFound, Op: op, Absence: provider.AbsenceDocumented}
				}
				return user, err
			}
		}, []string{"find returns no other user"}},
		{"does not state that nobody was found", picking(func(failure *provider.Error) { failure.Absence = provider.AbsenceUnproved }),
			[]string{"documented absence is reported"}},
		{"takes the 404 of a collection for absence", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				r.Absence = func([]byte) bool { return true }
				return next.Do(ctx, r)
			}
		}), []string{"a 404 of a collection proves nothing"}},
		{"takes every 404 for absence", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && failure.Status == http.StatusNotFound {
					failure.Absence = provider.AbsenceDocumented
				}
				return answer, err
			}
		}), []string{"a 404 of a collection proves nothing", "a 404 of a gateway proves nothing"}},
		{"takes a gateway's refusal for the provider's", onSender(func(s *sender) {
			s.doubts = func(status int, _ bool) bool { return status >= http.StatusInternalServerError }
		}), []string{"every status has its class"}},
		{"takes a list that may be incomplete for whole", following(trusting), []string{"a list reports whether it is complete"}},
		{"reads pages that do not overlap", func(a *acme) {
			a.course = func(_ provider.Paging[provider.User], read func(int) (provider.Page[provider.User], error)) iter.Seq2[provider.User, error] {
				return apart(read)
			}
		}, []string{"a list reports whether it is complete"}},
		{"lists everybody and takes the first", func(a *acme) {
			a.query = func(string) url.Values { return nil }
			a.pick = first
		}, []string{
			"find returns the created user", "find reports an unknown key", "find escapes keys", "find returns no other user",
			"find sends the documented request", "documented absence is reported",
		}},
		{"compares keys letter by letter", func(a *acme) {
			right := a.pick
			a.pick = func(op, key string, users []provider.User) (provider.User, error) {
				user, err := right(op, key, users)
				if err == nil && user.Key != key {
					return provider.User{}, &provider.Error{Class: provider.Unknown, Op: op, Users: users}
				}
				return user, err
			}
		}, []string{"find accepts a key in another case"}},
		{"loses the key's case", reading(func(user *provider.User, _ json.RawMessage) { user.Key = strings.ToLower(user.Key) }),
			[]string{
				"create returns id, key and attributes", "create is safe for concurrent use", "find returns the created user",
				"find accepts a key in another case", "find escapes keys", "find returns no other user",
				"a response without an id is unknown", "attributes contain no secret", "list yields every user",
			}},
		{"escapes keys for a path in a query", func(a *acme) {
			a.query = func(key string) url.Values { return url.Values{"email": {url.PathEscape(key)}} }
		}, []string{"find escapes keys"}},
		{"lists the first page alone", following(func(list iter.Seq2[provider.User, error]) iter.Seq2[provider.User, error] {
			return func(yield func(provider.User, error) bool) {
				users := 0
				for user, err := range list {
					if users++; users > acmePage || !yield(user, err) {
						return
					}
				}
			}
		}), []string{
			"list yields every user", "a list reports whether it is complete", "a list that never ends is an error",
			"a list of a round number needs a total", // which it does not come to
		}},
		{"lists a user twice", following(func(list iter.Seq2[provider.User, error]) iter.Seq2[provider.User, error] {
			return func(yield func(provider.User, error) bool) {
				for user, err := range list {
					if !yield(user, err) || err == nil && !yield(user, err) {
						return
					}
				}
			}
		}), []string{
			"list yields every user", "a list reports whether it is complete", "a list of a round number needs a total",
		}},
		{"takes a list that repeats for its end", following(func(list iter.Seq2[provider.User, error]) iter.Seq2[provider.User, error] {
			return func(yield func(provider.User, error) bool) {
				users := 0
				for user, err := range list {
					failure, ok := err.(*provider.Error)
					if ok && users > 0 && failure.Status == http.StatusOK && !provider.IsIncomplete(err) || !yield(user, err) {
						return
					}
					users++
				}
			}
		}), []string{"a list that never ends is an error"}},
		{"lists everybody for a filter that nobody documents", func(a *acme) {
			a.filters = func(filter map[string]string) (url.Values, error) {
				query := url.Values{}
				for _, known := range a.adapter.Filters {
					if value, ok := filter[known.Name]; ok {
						query.Set(known.Name, value)
					}
				}
				return query, nil
			}
		}, []string{"list sends its filters"}},
		{"forgets a filter", func(a *acme) {
			right := a.filters
			a.filters = func(filter map[string]string) (url.Values, error) {
				query, err := right(filter)
				delete(query, "team")
				return query, err
			}
		}, []string{"list sends its filters"}},
		{"lists with a parameter of its own", func(a *acme) {
			right := a.filters
			a.filters = func(filter map[string]string) (url.Values, error) {
				query, err := right(filter)
				if len(filter) > 0 && err == nil {
					query.Set("strict", "1")
				}
				return query, err
			}
		}, []string{"list sends its filters"}},
		{"goes on with a list that was left", func(a *acme) { a.left = false }, []string{"list can be left early"}},
		{"takes more requests for a list than it says", func(a *acme) {
			a.requests = func(int) int { return 1 }
		}, []string{"list reports how many requests it takes"}},
		{"takes a 429 for a refusal", misclassing(429, provider.Invalid), []string{"every status has its class", "Retry-After is understood"}},
		{"takes a 500 for a refusal", misclassing(500, provider.Invalid), []string{"every status has its class"}},
		{"takes a 409 for a refusal", misclassing(409, provider.Invalid), []string{"create reports a conflict", "every status has its class"}},
		{"takes a 302 for a refusal", misclassing(302, provider.Invalid), []string{"redirects are not followed"}},
		{"takes every 503 for busy", misclassing(503, provider.Busy), []string{"every status has its class", "Retry-After is understood"}},
		{"takes a lost answer for an unsent request", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && failure.Status == 0 {
					failure.Class = provider.Unsent
				}
				return answer, err
			}
		}), []string{"a lost response is unknown", "a context that ends is obeyed"}},
		{"takes an unsent request for a lost answer", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && failure.Status == 0 {
					failure.Class = provider.Unknown
				}
				return answer, err
			}
		}), []string{"a server that cannot be reached is unsent", "a context that has ended sends nothing"}},
		{"lists a power that it has not", func(a *acme) {
			a.powers = func(c client) provider.Client { return creator{c} }
		}, []string{"the client has the documented operations"}},
		{"documents a login that it does not describe", func(a *acme) {
			a.adapter.Endpoints = slices.Insert(a.adapter.Endpoints, len(a.adapter.Endpoints)-1,
				provider.Endpoint{Capability: provider.CapabilityLogin, Request: "POST /login", Docs: "https://docs.example.com/login"})
		}, []string{"the login is documented"}},
		{"describes a login that repeats the answer", func(a *acme) {
			a.adapter.Login = &provider.Login{Setting: "token", Path: "/login", Lifetime: time.Hour, Docs: "https://docs.example.com/login",
				Tokens: func(body []byte) (provider.Tokens, error) { return provider.Tokens{}, errors.New(string(body)) }}
		}, []string{"the login is documented"}},
		{"has a power that it does not list", func(a *acme) {
			a.adapter.Endpoints = a.adapter.Endpoints[:len(a.adapter.Endpoints)-1]
		}, []string{"the client has the documented operations", "check accepts good credentials"}},
		{"takes keys for unique without a source", func(a *acme) { a.adapter.Unique = provider.UniqueEnforced },
			[]string{"what is next to the operations is consistent"}},
		{"shares the record between calls", sharing, []string{"create is safe for concurrent use"}},
	}
}

// sharing keeps the record of the call in the client. Two calls at once are
// made to meet, so that each sends what the other one was given.
func sharing(a *acme) {
	right, met := a.encode, make(chan schema.Record)
	a.encode = func(record schema.Record) ([]byte, error) {
		switch email := record.Text("email"); {
		case strings.Contains(email, "Person1111@"):
			met <- record
			record = <-met
		case strings.Contains(email, "Person1112@"):
			theirs := <-met
			met <- record
			record = theirs
		}
		return right(record)
	}
}

func TestWrongClientsAreNoticed(t *testing.T) {
	for _, wrong := range wrongClients() {
		wrong.try(t, newAcme())
	}
}

// try runs the suite on a client that is wrong in one way.
func (w wrongClient) try(t *testing.T, a *acme) {
	t.Run(w.name, func(t *testing.T) {
		t.Parallel()
		w.change(a)
		expectFailures(t, a.subject(), w.noticed)
	})
}

// expectFailures runs the suite and compares the checks that fail with those that should.
func expectFailures(t *testing.T, subject providertest.Subject, want []string) {
	t.Helper()
	failed := map[string]error{}
	for _, check := range providertest.Checks() {
		t.Run(check.Name, func(t *testing.T) {
			if err := check.Run(t, subject); err != nil {
				failed[check.Name] = err
			}
		})
	}
	for _, name := range want {
		if failed[name] == nil {
			t.Errorf("the check %q did not notice", name)
		}
		delete(failed, name)
	}
	for name, err := range failed {
		t.Errorf("the check %q failed as well: %.600v", name, err)
	}
}
