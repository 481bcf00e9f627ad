package providertest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
)

// created is a genuine response to a create, and a stage on which others can be tried.
type created struct {
	*rehearsal
	user provider.User
}

// rehearseCreate creates a user on the live server.
func (tr *trial) rehearseCreate() (created, error) {
	probe, _ := tr.connect(tr.pass)
	op := tr.operations(probe)[0]
	r, err := tr.rehearse(op, tr.record(1))
	if err != nil {
		return created{}, err
	}
	user, err := tr.answered(r, r.genuine.answer)
	return created{rehearsal: r, user: user}, err
}

// answered creates a user with this response.
func (tr *trial) answered(r *rehearsal, reply answer) (provider.User, error) {
	r.stage.change(always(reply))
	return r.client.Create(tr.t.Context(), r.record)
}

// checkAffirmed responds with the documented status and nothing that can be read.
func checkAffirmed(t TB, subject Subject) error {
	tr := subject.begin(t)
	c, err := tr.rehearseCreate()
	if err != nil {
		return err
	}
	var found findings
	for name, reply := range affirming(c.genuine.answer, c.user.ID) {
		user, err := tr.answered(c.rehearsal, reply)
		if err != nil {
			found.in(name, err)
			continue
		}
		if user.ID != "" {
			found.addf("%s: the user has the id %q, which is not in it", name, user.ID)
		}
	}
	return found.err()
}

// affirming lists responses to a create, derived from a genuine one, that affirm it by their status alone.
func affirming(genuine answer, id string) map[string]answer {
	genuine.header = genuine.header.Clone()
	for name := range genuine.header {
		if name != "Content-Type" {
			genuine.header.Del(name)
		}
	}
	replies := garbled(genuine)
	if len(genuine.body) == 0 { // there is no other documented body
		return map[string]answer{"an empty body": genuine}
	}
	delete(replies, "no content")
	delete(replies, "a page")
	if document, err := parse(genuine.body); err == nil {
		for name, other := range map[string]any{"no id": nil, "an id that is null": nil, "an empty id": "", "an id that is an object": map[string]any{}} {
			replies[name] = genuine.with(format(edit(document, func(_ string, value any) (any, bool) {
				if isScalar(value, id) {
					return other, name != "no id"
				}
				return value, true
			})))
		}
	}
	return replies
}

// checkNotAffirmed responds with a good status and nothing about a user.
func checkNotAffirmed(t TB, subject Subject) error {
	tr := subject.begin(t)
	c, err := tr.rehearseCreate()
	if err != nil {
		return err
	}
	accepted, other := c.genuine.answer, plainAnswer(299, "application/json", "{}")
	accepted.status = http.StatusAccepted
	page := "<html><body>Sign in</body></html>"
	var found findings
	for name, reply := range map[string]answer{
		"202 with the user":      accepted,
		"202 without a body":     {status: http.StatusAccepted},
		"200 with a page":        plainAnswer(http.StatusOK, "text/html", page),
		"a page as documented":   plainAnswer(c.genuine.answer.status, "text/html", page),
		"204":                    {status: http.StatusNoContent},
		"299 without the user":   other,
		"299 with another media": plainAnswer(299, "text/plain", "ok"),
	} {
		_, err := tr.answered(c.rehearsal, reply)
		found.in(name, judge(err, provider.Unknown))
		if err != nil && !provider.IsAnswered(err) {
			found.addf("%s: the error does not tell that there was an answer: %w", name, err)
		}
	}
	return found.err()
}

// checkOwnForm responds with the genuine response with the key in another form.
func checkOwnForm(t TB, subject Subject) error {
	const form = "+4917613987654"
	tr := subject.begin(t)
	c, err := tr.rehearseCreate()
	if err != nil {
		return err
	}
	reply := c.genuine.answer
	if tr.Adapter.IDOnly {
		return nil
	}
	document, err := parse(reply.body)
	if err != nil {
		return err
	}
	if !slices.Contains(textsIn(document), c.user.Key) {
		return nil // the response does not repeat the key
	}
	reply.header = reply.header.Clone()
	for name := range reply.header {
		if reply.header.Get(name) == c.user.Key {
			reply.header.Set(name, form)
		}
	}
	user, err := tr.answered(c.rehearsal, reply.with(format(edit(document, func(_ string, value any) (any, bool) {
		if isScalar(value, c.user.Key) {
			return form, true
		}
		return value, true
	}))))
	if err != nil {
		return err
	}
	if user.Key != form || user.ID == "" {
		return fmt.Errorf("the user has the key %q and the id %q, want the key %q", user.Key, user.ID, form)
	}
	return nil
}

// textsIn lists the texts in a document.
func textsIn(document any) []string {
	var texts []string
	edit(document, func(_ string, value any) (any, bool) {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
		return value, true
	})
	return texts
}

// checkLocation responds without a body but with the user's address.
func checkLocation(t TB, subject Subject) error {
	const id = "a b/ü"
	tr := subject.begin(t)
	c, err := tr.rehearseCreate()
	if err != nil {
		return err
	}
	path := c.genuine.url.EscapedPath() + "/"
	here := c.stage.server.URL + path
	var found findings
	for location, want := range map[string]string{
		here + url.PathEscape(id): id,
		path + url.PathEscape(id): id,
		here + "undefined":        "",
		here:                      "",
		"/login":                  "",
		"https://other.example.com" + path + "u1": "",
	} {
		for _, header := range []string{"Location", "Content-Location"} {
			reply := answer{status: c.genuine.answer.status}.withHeader(header, location)
			user, err := tr.answered(c.rehearsal, reply)
			place := fmt.Sprintf("%s: %s", header, location)
			found.in(place, err)
			if user.ID != want {
				found.addf("%s: the user has the id %q, want %q", place, user.ID, want)
			}
		}
	}
	return found.err()
}
