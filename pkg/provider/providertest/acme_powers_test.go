package providertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// more are the parts of a client that a test can put in a wrong way, for the
// powers beside creating and finding.
type more struct {
	// segment writes an id into a path.
	segment func(op, id string) (string, error)
	// sameID judges the user in the response to a request about one.
	sameID func(user provider.User, id string) error
	// change writes the body of an update.
	change func(op string, changes schema.Record) ([]byte, error)
	// settle pairs the results of a batch with its records.
	settle func(op string, records []schema.Record, items []batchItem, read func(json.RawMessage) (provider.User, error)) []provider.BatchResult
	// lost gives the results of a batch that failed as a whole.
	lost func(records []schema.Record, err error) []provider.BatchResult
	// entries chooses what is yielded of the entries that were read.
	entries func([]provider.Entry) []provider.Entry
	// kind gives the path that lists a kind.
	kind func(kind string) (path string, ok bool)
	// refused judges the refusal of a change of a member.
	refused func(ctx context.Context, manager provider.MembershipManager, group, user string, wanted bool, refusal error) error
	// isMember searches for a user among the members of a group.
	isMember func(members []string, user string) bool
	// leaver gives the path of a removal from a group.
	leaver func(group, user string) string
	// option writes the body of a new key.
	option func(op string, options schema.Record) ([]byte, error)
	// readKey makes a key of one object of a response.
	readKey func(object json.RawMessage) (provider.APIKey, error)
	// leftEarly reports whether entries end when their loop is left.
	leftEarly bool
}

func newMore(table schema.Table) more {
	return more{
		segment: provider.PathSegment,
		sameID:  provider.SameID,
		change: func(op string, changes schema.Record) ([]byte, error) {
			return provider.Encode(op, table.Mutable(), changes)
		},
		settle: settleByKey,
		lost: func(records []schema.Record, err error) []provider.BatchResult {
			results := make([]provider.BatchResult, len(records))
			for i := range results {
				results[i].Err = err
			}
			return results
		},
		entries: func(entries []provider.Entry) []provider.Entry {
			seen, first := map[string]bool{}, []provider.Entry{}
			for _, entry := range entries {
				if !seen[entry.ID] {
					first = append(first, entry)
				}
				seen[entry.ID] = true
			}
			return first
		},
		kind: func(kind string) (string, bool) {
			path, ok := map[string]string{provider.Role: "/roles", provider.Organization: "/teams", provider.Group: "/groups"}[kind]
			return path, ok
		},
		refused:  provider.AfterRefusal,
		isMember: slices.Contains[[]string],
		leaver:   func(group, user string) string { return "/groups/" + group + "/members/" + user },
		option: func(op string, options schema.Record) ([]byte, error) {
			return provider.Encode(op, acmeKeyTable(), options)
		},
		readKey:   func(object json.RawMessage) (provider.APIKey, error) { return provider.ReadAPIKey(object, "key") },
		leftEarly: true,
	}
}

func acmeKeyTable() schema.Table {
	return schema.Table{
		{Name: "label", Help: "what the key is for"},
		{Name: "until", Format: schema.DateTime, Help: "when the key ends"},
	}
}

// about sends a request about one user.
func (c client) about(ctx context.Context, op, method, id, below string, body []byte) (*provider.Response, error) {
	segment, err := c.segment(op, id)
	if err != nil {
		return nil, err
	}
	request := provider.Request{
		Op: op, Method: method, Path: "/users/" + segment + below, Body: body, Secrets: provider.SecretPlaces(c.adapter.Table),
	}
	if method == http.MethodGet && below == "" {
		request.Absence = c.absent
	}
	return c.send.Do(ctx, request)
}

// userAbout is about for a response that is the user.
func (c client) userAbout(ctx context.Context, op, method, id, below string, body []byte) (provider.User, error) {
	answer, err := c.about(ctx, op, method, id, below, body)
	if err != nil {
		return provider.User{}, err
	}
	var envelope struct{ User json.RawMessage }
	if err := json.Unmarshal(answer.Body, &envelope); err != nil {
		return provider.User{}, c.garbled(op, answer.Status, err)
	}
	user, err := c.read(envelope.User)
	if err == nil {
		err = c.sameID(user, id)
	}
	if err != nil {
		return provider.User{}, c.garbled(op, answer.Status, err)
	}
	return user, nil
}

func (c client) Get(ctx context.Context, id string) (provider.User, error) {
	return c.userAbout(ctx, "read the user", http.MethodGet, id, "", nil)
}

func (c client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	const op = "update the user"
	body, err := c.change(op, changes)
	if err != nil {
		return provider.User{}, err
	}
	return c.userAbout(ctx, op, http.MethodPatch, id, "", body)
}

func (c client) Deactivate(ctx context.Context, id string) (provider.User, error) {
	return c.userAbout(ctx, "deactivate the user", http.MethodPost, id, "/deactivate", nil)
}

func (c client) Delete(ctx context.Context, id string) error {
	_, err := c.about(ctx, "delete the user", http.MethodDelete, id, "", nil)
	return err
}

func (c client) BatchSize(context.Context) (int, error) { return 50, nil }

// batchItem is what became of one user, in the response to a batch.
type batchItem struct {
	Email  string
	Status int
	Fault  string
	User   json.RawMessage
}

func (c client) CreateBatch(ctx context.Context, records []schema.Record) []provider.BatchResult {
	const op = "create the users"
	if len(records) == 0 {
		return nil
	}
	users := make([][]byte, len(records))
	for i, record := range records {
		body, err := c.encode(record)
		if err != nil {
			return c.lost(records, err)
		}
		users[i] = body
	}
	body := append(append([]byte(`{"users":[`), bytes.Join(users, []byte(","))...), "]}"...)
	answer, err := c.send.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: "/batch", Body: body, Secrets: [][]string{{"users", "password"}},
	})
	if err != nil {
		return c.lost(records, err)
	}
	var result struct{ Results *[]batchItem }
	if err := json.Unmarshal(answer.Body, &result); err != nil || result.Results == nil {
		return c.lost(records, c.garbled(op, answer.Status, errors.New("no results in it")))
	}
	return c.settle(op, records, *result.Results, c.read)
}

// settleByKey finds each record's item by the natural key.
func settleByKey(op string, records []schema.Record, items []batchItem, read func(json.RawMessage) (provider.User, error)) []provider.BatchResult {
	byKey := map[string]batchItem{}
	for _, item := range items {
		byKey[item.Email] = item
	}
	results := make([]provider.BatchResult, len(records))
	for i, record := range records {
		results[i] = settle(op, record, byKey[record.Text("email")], read)
	}
	return results
}

// settle judges one record by its item; one without a status is not there.
func settle(op string, record schema.Record, item batchItem, read func(json.RawMessage) (provider.User, error)) provider.BatchResult {
	switch {
	case item.Status == 0:
		return provider.BatchResult{Err: provider.BadResponse(op, http.StatusOK, errors.New("nothing about this user in it"))}
	case item.Status != http.StatusCreated:
		return provider.BatchResult{Err: &provider.Error{Class: provider.ClassOfStatus(item.Status, false), Op: op, Status: item.Status}}
	}
	user, err := read(item.User)
	if err == nil {
		err = provider.SameKey(user, record.Text("email"))
	}
	if err != nil {
		return provider.BatchResult{Err: provider.BadResponse(op, http.StatusOK, err)}
	}
	return provider.BatchResult{User: user}
}

func (c client) Entries(ctx context.Context, kind string) iter.Seq2[provider.Entry, error] {
	const op = "list names"
	return func(yield func(provider.Entry, error) bool) {
		path, ok := c.kind(kind)
		if !ok {
			yield(provider.Entry{}, &provider.Error{Class: provider.Invalid, Op: op, Err: fmt.Errorf("no kind %q", kind)})
			return
		}
		entries, err := c.readEntries(ctx, op, path)
		if err != nil {
			yield(provider.Entry{}, err)
			return
		}
		for _, entry := range c.entries(entries) {
			if !yield(entry, nil) && c.leftEarly {
				return
			}
		}
	}
}

func (c client) readEntries(ctx context.Context, op, path string) ([]provider.Entry, error) {
	answer, err := c.send.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path})
	if err != nil {
		return nil, err
	}
	var list struct{ Entries *[]json.RawMessage }
	if err := json.Unmarshal(answer.Body, &list); err != nil || list.Entries == nil {
		return nil, c.garbled(op, answer.Status, errors.New("no entries in it"))
	}
	var entries []provider.Entry
	for _, object := range *list.Entries {
		entry := provider.Entry{Attributes: object}
		if err := json.Unmarshal(object, &entry); err != nil || entry.ID == "" {
			return nil, c.garbled(op, answer.Status, errors.New("an entry has no id"))
		}
		entry.Attributes = object
		entries = append(entries, entry)
	}
	return entries, nil
}

func (c client) Members(ctx context.Context, groupID string) iter.Seq2[provider.Member, error] {
	return func(yield func(provider.Member, error) bool) {
		ids, err := c.memberIDs(ctx, groupID)
		if err != nil {
			yield(provider.Member{}, err)
			return
		}
		for _, id := range ids {
			if !yield(provider.Member{ID: id}, nil) && c.leftEarly {
				return
			}
		}
	}
}

func (c client) memberIDs(ctx context.Context, groupID string) ([]string, error) {
	const op = "list the members"
	group, err := c.segment(op, groupID)
	if err != nil {
		return nil, err
	}
	answer, err := c.send.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/groups/" + group + "/members"})
	if err != nil {
		return nil, err
	}
	var list struct{ Members *[]string }
	if err := json.Unmarshal(answer.Body, &list); err != nil || list.Members == nil {
		return nil, c.garbled(op, answer.Status, errors.New("no members in it"))
	}
	return *list.Members, nil
}

func (c client) IsMember(ctx context.Context, groupID, userID string) (bool, error) {
	ids, err := c.memberIDs(ctx, groupID)
	return c.isMember(ids, userID), err
}

func (c client) AddMember(ctx context.Context, groupID, userID string) error {
	path := func(group, user string) string { return "/groups/" + group + "/members/" + user }
	return c.changeMember(ctx, "add the member", http.MethodPut, groupID, userID, true, path)
}

func (c client) RemoveMember(ctx context.Context, groupID, userID string) error {
	return c.changeMember(ctx, "remove the member", http.MethodDelete, groupID, userID, false, c.leaver)
}

func (c client) changeMember(ctx context.Context, op, method, groupID, userID string, wanted bool, path func(group, user string) string) error {
	group, err := c.segment(op, groupID)
	if err != nil {
		return err
	}
	user, err := c.segment(op, userID)
	if err != nil {
		return err
	}
	if _, err = c.send.Do(ctx, provider.Request{Op: op, Method: method, Path: path(group, user)}); err != nil {
		return c.refused(ctx, c, groupID, userID, wanted, err)
	}
	return nil
}

func (c client) APIKeys(ctx context.Context, userID string) ([]provider.APIKey, error) {
	const op = "list the keys"
	answer, err := c.about(ctx, op, http.MethodGet, userID, "/keys", nil)
	if err != nil {
		return nil, err
	}
	var list struct{ Keys *[]json.RawMessage }
	if err := json.Unmarshal(answer.Body, &list); err != nil || list.Keys == nil {
		return nil, c.garbled(op, answer.Status, errors.New("no keys in it"))
	}
	keys := make([]provider.APIKey, len(*list.Keys))
	for i, object := range *list.Keys {
		if keys[i], err = c.readKey(object); err != nil {
			return nil, c.garbled(op, answer.Status, err)
		}
	}
	return keys, nil
}

func (c client) CreateAPIKey(ctx context.Context, userID string, options schema.Record) (provider.APIKey, error) {
	const op = "create a key"
	body, err := c.option(op, options)
	if err != nil {
		return provider.APIKey{}, err
	}
	answer, err := c.about(ctx, op, http.MethodPost, userID, "/keys", body)
	if err != nil {
		return provider.APIKey{}, err
	}
	key, err := c.readKey(answer.Body)
	if err == nil && key.Key == "" {
		err = errors.New("no key in it")
	}
	if err != nil {
		return provider.APIKey{}, c.garbled(op, answer.Status, err)
	}
	return key, nil
}
