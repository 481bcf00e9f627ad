package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// createChecks returns the checks of the create.
func createChecks() []Check {
	return []Check{
		{"create returns id, key and attributes", checkCreated},
		{"create sends the documented request", checkCreateRequest},
		{"create sends every field", checkEveryField},
		{"create leaves absent fields out", checkAbsentFields},
		{"create refuses a record that cannot be written", checkUnwritable},
		{"create reports a conflict", checkConflict},
		{"create is safe for concurrent use", checkConcurrency},
		{"credentials are sent", checkCredentials},
		{"a create is affirmed by its status", checkAffirmed},
		{"a response that affirms nothing is not a create", checkNotAffirmed},
		{"a create returns the key in the provider's form", checkOwnForm},
		{"a create takes its id from an address", checkLocation},
	}
}

func checkCreated(t TB, subject Subject) error {
	tr := subject.begin(t)
	record := tr.record(1)
	user, _, err := tr.create(record)
	if err != nil {
		return err
	}
	return errors.Join(tr.checkUser(user, record), tr.checkAttributes(user))
}

// checkUser returns an error if a user is not the one of the record.
func (tr *trial) checkUser(user provider.User, record schema.Record) error {
	var found findings
	if user.ID == "" {
		found.addf("the user has no id")
	}
	if isAbsent := tr.Adapter.IDOnly && user.Key == ""; user.Key != tr.key(record) && !isAbsent {
		found.addf("the user's key is %q, want %q", user.Key, tr.key(record))
	}
	return found.err()
}

// checkAttributes returns an error if attributes are not an object, or have a property at the path of a secret field.
func (tr *trial) checkAttributes(user provider.User) error {
	if tr.Adapter.IDOnly && len(user.Attributes) == 0 {
		return nil
	}
	document, err := parse(user.Attributes)
	if err != nil {
		return fmt.Errorf("the attributes are %w: %.80q", err, user.Attributes)
	}
	members, ok := document.(map[string]any)
	if !ok {
		return fmt.Errorf("the attributes are no JSON object: %.80q", user.Attributes)
	}
	for _, field := range tr.Adapter.Table.Secrets() {
		if _, ok := take(members, field.WirePath()); ok {
			return fmt.Errorf("the attributes hold the secret field %s", field.Name)
		}
	}
	return nil
}

func checkCreateRequest(t TB, subject Subject) error {
	tr := subject.begin(t)
	record := tr.record(1)
	_, exchange, err := tr.create(record)
	if err != nil {
		return err
	}
	var found findings
	found.add(tr.checkDocumented(provider.CapabilityCreate, exchange.sent))
	media, _, err := mime.ParseMediaType(exchange.sent.header.Get("Content-Type"))
	if err != nil || media != "application/json" && media != formMedia && !strings.HasSuffix(media, "+json") {
		found.addf("the Content-Type is %q, want JSON or a form", exchange.sent.header.Get("Content-Type"))
	}
	for _, field := range tr.Adapter.Table {
		if field.In != schema.Path {
			continue
		}
		text := field.Text(record[field.Name])
		if !slices.Contains(strings.Split(exchange.url.EscapedPath(), "/"), url.PathEscape(text)) {
			found.addf("the path %s does not hold %s %q", exchange.url.EscapedPath(), field.Name, text)
		}
	}
	return found.err()
}

// checkEveryField compares the body of a full record with the table, field by field.
func checkEveryField(t TB, subject Subject) error {
	tr := subject.begin(t)
	record := tr.record(1)
	members, err := tr.createdWith(record)
	if err != nil {
		return err
	}
	var found findings
	for _, field := range tr.Adapter.Table {
		if field.In != schema.Body {
			continue
		}
		got, ok := take(members, field.WirePath())
		want := wireValue(field, record[field.Name])
		switch {
		case !ok:
			found.addf("field %s is not at %s", field.Name, schema.Pointer(field.WirePath()))
		case !reflect.DeepEqual(got, want) && field.Secret:
			found.addf("field %s arrived with another value", field.Name)
		case !reflect.DeepEqual(got, want):
			found.addf("field %s arrived as %s, want %s", field.Name, format(got), format(want))
		}
	}
	return found.err()
}

// checkAbsentFields creates a user with only the required fields. What is in the body in addition must not depend on
// the record. A field that has only one value may be sent without being in the record.
func checkAbsentFields(t TB, subject Subject) error {
	tr := subject.begin(t)
	full, least := tr.record(1), tr.record(2)
	maps.DeleteFunc(least, func(name string, _ any) bool {
		field, _ := tr.Adapter.Table.Field(name)
		return !field.Required
	})
	fullBody, err := tr.createdWith(full)
	if err != nil {
		return err
	}
	leastBody, err := tr.createdWith(least)
	if err != nil {
		return err
	}
	var found findings
	for _, field := range tr.Adapter.Table {
		take(fullBody, field.WirePath())
		value, sent := take(leastBody, field.WirePath())
		fixed := field.Closed && len(field.Suggestions) == 1 // there is nothing to choose
		if _, given := least[field.Name]; sent && !given && !fixed {
			found.addf("field %s is absent from the record and was sent as %s", field.Name, format(value))
		}
		for _, member := range field.Beside { // which follows from the fields
			delete(fullBody, member)
			delete(leastBody, member)
		}
	}
	if !reflect.DeepEqual(fullBody, leastBody) {
		found.addf("beside the fields, the body holds %s with a full record and %s with the least", format(fullBody), format(leastBody))
	}
	return found.err()
}

// createdWith creates a user and returns the properties of the body that was sent.
func (tr *trial) createdWith(record schema.Record) (map[string]any, error) {
	_, exchange, err := tr.create(record)
	if err != nil {
		return nil, err
	}
	document, err := tr.bodyOf(exchange.sent)
	if err != nil {
		return nil, fmt.Errorf("the body is %w", err)
	}
	members, ok := document.(map[string]any)
	if envelope := tr.Adapter.Envelope; envelope != "" && ok {
		members, ok = members[envelope].(map[string]any)
	}
	if !ok {
		return nil, errors.New("the body is no JSON object")
	}
	return members, nil
}

// formMedia is the media type of a form.
const formMedia = "application/x-www-form-urlencoded"

// bodyOf returns the body of a request. The texts of a form are the values of the fields of their names.
func (tr *trial) bodyOf(request sent) (any, error) {
	if request.header.Get("Content-Type") != formMedia {
		return parse(request.body)
	}
	form, err := url.ParseQuery(string(request.body))
	if err != nil {
		return nil, fmt.Errorf("no form: %w", err)
	}
	members := map[string]any{}
	for name, texts := range form {
		members[name] = texts[0]
		for _, field := range tr.Adapter.Table {
			if value, wrong := field.ParseItems(texts); slices.Equal(field.WirePath(), []string{name}) && wrong == nil {
				members[name] = wireValue(field, value)
			}
		}
	}
	return members, nil
}

// checkUnwritable sends a record whose values have Go types that no field has: a mistake of the caller's, which nothing
// on the wire can fix.
func checkUnwritable(t TB, subject Subject) error {
	tr := subject.begin(t)
	client, s := tr.connect(tr.pass)
	record := tr.record(1)
	record[tr.Adapter.Key] = struct{}{}
	_, err := client.Create(t.Context(), record)
	var found findings
	found.add(judge(err, provider.Invalid))
	if n := len(s.received()); n != 0 {
		found.addf("%d requests were sent", n)
	}
	return found.err()
}

// checkConflict creates the same user twice.
func checkConflict(t TB, subject Subject) error {
	tr := subject.begin(t)
	record := tr.record(1)
	if _, _, err := tr.create(record); err != nil {
		return err
	}
	client, _ := tr.connect(tr.pass)
	_, err := client.Create(t.Context(), record)
	return judge(err, provider.Conflict)
}

// checkConcurrency creates twenty users at once with one client. Under the race detector it finds what the client
// shares between calls.
func checkConcurrency(t TB, subject Subject) error {
	const users, first = 20, 1101
	tr := subject.begin(t)
	client, s := tr.connect(tr.pass)
	found := make([]findings, users)
	made := make([]provider.User, users)
	var all sync.WaitGroup
	for i := range users {
		all.Go(func() {
			record := tr.record(first + i)
			user, err := client.Create(context.WithoutCancel(t.Context()), record)
			if err != nil {
				found[i].add(err)
				return
			}
			made[i] = user
			found[i].add(tr.checkUser(user, record))
		})
	}
	all.Wait()
	var joined findings
	ids := map[string]bool{}
	for i := range users {
		joined.in(fmt.Sprintf("user %d", i+1), found[i].err())
		ids[made[i].ID] = true
	}
	if len(ids) != users {
		joined.addf("%d users have %d ids", users, len(ids))
	}
	if n := len(s.received()); n != users {
		joined.addf("%d requests were sent for %d users", n, users)
	}
	return joined.err()
}

// checkCredentials looks for every documented header in every operation's request.
func checkCredentials(t TB, subject Subject) error {
	tr := subject.begin(t)
	return tr.each(func(r *rehearsal) error {
		var found findings
		for _, header := range tr.Adapter.Auth.Headers {
			credential, ok := strings.CutPrefix(r.genuine.sent.header.Get(header.Name), header.Prefix)
			switch {
			case !ok || credential == "":
				found.addf("the header %s does not hold %q and a credential", header.Name, header.Prefix)
			case len(credential) < leastSecret:
				found.addf("the credential in %s is too short to be looked for", header.Name)
			}
		}
		return found.err()
	})
}
