package providertest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// leastSecret is the minimum length in bytes of a secret that is searched for: a shorter one could be in any text by
// chance.
const leastSecret = 8

// secretChecks returns the checks for secrets where none may be.
func secretChecks() []Check {
	return []Check{
		{"attributes contain no secret", checkSecretAttributes},
		{"errors contain no secret", checkSecretErrors},
	}
}

// secretValues lists the values of a record's secret fields.
func (tr *trial) secretValues(record schema.Record) []string {
	var secrets []string
	for _, field := range tr.Adapter.Table.Secrets() {
		secrets = append(secrets, field.Texts(record[field.Name])...)
	}
	return secrets
}

// secretsIn lists the secrets in a request: credentials, and the values of the record's secret fields if they are in
// it.
func (tr *trial) secretsIn(request sent, record schema.Record) []string {
	var secrets []string
	for _, secret := range tr.secretValues(record) {
		if strings.Contains(string(request.body), secret) {
			secrets = append(secrets, secret)
		}
	}
	for _, header := range tr.Adapter.Auth.Headers {
		secrets = append(secrets, strings.TrimPrefix(request.header.Get(header.Name), header.Prefix))
	}
	return slices.DeleteFunc(secrets, func(secret string) bool { return len(secret) < leastSecret })
}

// checkSecretAttributes adds the secret fields to the user in a genuine response.
func checkSecretAttributes(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		if r.operation.user == nil || len(r.genuine.answer.body) == 0 || len(tr.Adapter.Table.Secrets()) == 0 {
			return nil
		}
		document, err := parse(r.genuine.answer.body)
		if err != nil {
			return err
		}
		tr.plant(document, r.record)
		r.stage.change(always(r.genuine.answer.with(format(document))))
		user, err := r.operation.user(t.Context(), r.client, r.target)
		if err != nil {
			return err
		}
		var found findings
		found.add(tr.checkAttributes(user))
		for _, secret := range tr.secretValues(r.record) {
			if strings.Contains(string(user.Attributes), secret) {
				found.addf("a secret stands in the attributes")
			}
		}
		return found.err()
	})
}

// plant puts the secret fields into every object that has the user's key.
func (tr *trial) plant(document any, record schema.Record) {
	switch document := document.(type) {
	case []any:
		for _, item := range document {
			tr.plant(item, record)
		}
	case map[string]any:
		for _, value := range document {
			tr.plant(value, record)
		}
		key, _ := tr.Adapter.Table.Field(tr.Adapter.Key)
		mine := isScalar(valueAt(document, key.WirePath()), tr.key(record))
		for _, field := range tr.Adapter.Table.Secrets() {
			if mine {
				put(document, field.WirePath(), wireValue(field, record[field.Name]))
			}
		}
	}
}

// checkSecretErrors has the provider repeat every secret that it was sent, in
// every failure.
func checkSecretErrors(t TB, subject Subject) error {
	tr := subject.begin(t)
	shapes := tr.refusalShapes()
	return tr.each(func(r *rehearsal) error {
		r.stage.change(always(r.genuine.answer))
		if err := r.again(t.Context()); err != nil {
			return err
		}
		received := r.stage.received()
		if len(received) == 0 {
			return nil // a used client may have no need of the last request
		}
		secrets := tr.secretsIn(received[len(received)-1].sent, r.record) // a token may be this client's own
		echo := strings.Join(secrets, " ")
		if len(secrets) == 0 {
			return nil
		}
		var found findings
		for _, reply := range leaks(r.genuine.answer, shapes, echo) {
			r.stage.change(always(reply))
			err := r.again(t.Context())
			for _, secret := range secrets {
				if leak := leakOf(err, secret); leak != "" {
					found.addf("status %d with the body %.60q: a secret stands in the error's %s", reply.status, reply.body, leak)
				}
			}
		}
		return found.err()
	})
}

// leakOf returns the form of an error that contains a secret, "" if none does.
func leakOf(err error, secret string) string {
	if err == nil {
		return ""
	}
	hide := strings.NewReplacer()
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		// The users in an error, and the ids by which it names them, are data, as a user
		// who is found is.
		alone, ids := *failure, []string{}
		for _, user := range failure.Users {
			ids = append(ids, user.ID, "")
		}
		alone.Users, hide = nil, strings.NewReplacer(ids...)
		err = &alone
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%q"} {
		if strings.Contains(hide.Replace(fmt.Sprintf(form, err)), secret) {
			return "form " + form
		}
	}
	return ""
}

// refusalShapes returns documents with the shape of this provider's refusals: the genuine one for a user that exists,
// and the common ones.
func (tr *trial) refusalShapes() []any {
	shapes := []any{
		map[string]any{"message": "text", "error": "text", "detail": "text", "title": "text", "description": "text"},
		map[string]any{"error": map[string]any{"message": "text", "reason": "text"}},
	}
	client, s := tr.connect(tr.pass)
	for range 2 {
		_, _ = client.Create(tr.t.Context(), tr.record(99)) // the second is refused
	}
	if last, err := s.last(); err == nil {
		if genuine, err := parse(last.answer.body); err == nil {
			shapes = append(shapes, genuine)
		}
	}
	return shapes
}

// leaks lists responses that repeat a text: as a refusal, as a redirect, and instead of the values of a good response.
func leaks(genuine answer, shapes []any, echo string) []answer {
	fill := func(name string, value any) (any, bool) {
		if _, isText := value.(string); isText {
			return name + " " + echo, true
		}
		return value, true
	}
	var replies []answer
	for _, status := range []int{400, 401, 403, 404, 409, 422, 429, 500, 503} {
		for _, shape := range shapes {
			replies = append(replies, answer{status: status, header: http.Header{
				"Content-Type": {"application/json"}, "Www-Authenticate": {"Bearer realm=" + echo},
			}, body: format(edit(shape, fill))})
		}
		replies = append(replies, plainAnswer(status, "text/plain", echo))
	}
	for _, shape := range shapes {
		body := format(edit(shape, fill))
		replies = append(replies, genuine.with(body)) // a refusal with a good status
	}
	undocumented := genuine // affirms no create
	undocumented.status = 299
	bodies := [][]byte{}
	for _, body := range []string{echo, `"` + echo + `"`, `{"` + echo + `":`, `{"id":"` + echo + `"}`, `[` + echo} {
		bodies = append(bodies, []byte(body))
	}
	if document, err := parse(genuine.body); err == nil {
		bodies = append(bodies, format(edit(document, func(string, any) (any, bool) { return echo, true })))
		bodies = append(bodies, format(edit(document, func(_ string, value any) (any, bool) {
			_, isObject := value.(map[string]any)
			return map[bool]any{true: value, false: echo}[isObject], true
		})))
	}
	for _, body := range bodies {
		replies = append(replies, genuine.with(body), undocumented.with(body))
	}
	location := "https://elsewhere.example/?token=" + strings.ReplaceAll(echo, " ", "+")
	redirect := plainAnswer(http.StatusFound, "text/plain", echo).withHeader("Location", location)
	lost := genuine
	lost.ending = cut
	return append(replies, redirect, lost)
}
