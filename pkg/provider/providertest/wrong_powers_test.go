package providertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// changing changes the record of an update before it is written, and writes
// whatever is left of it.
func changing(change func(schema.Record)) func(*acme) {
	return func(a *acme) {
		table := a.adapter.Table
		a.change = func(_ string, changes schema.Record) ([]byte, error) {
			changes = changes.With(nil)
			change(changes)
			return table.Encode(changes)
		}
	}
}

// identity is an acme that reads and changes one user at a time.
func identity() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client {
		return struct {
			provider.Client
			provider.Getter
			provider.Updater
			provider.Deactivator
			provider.Deleter
		}{c, c, c, c, c}
	}, provider.CapabilityGet, provider.CapabilityUpdate, provider.CapabilityDeactivate, provider.CapabilityDelete)
}

// wrongIdentities lists clients that are wrong with one user.
func wrongIdentities() []wrongClient {
	return []wrongClient{
		{"takes an absent field for an empty one", func(a *acme) {
			a.change = func(op string, changes schema.Record) ([]byte, error) {
				changes = changes.With(nil)
				for _, field := range a.adapter.Table.Mutable() {
					if _, given := changes[field.Name]; !given && field.Kind == schema.String && !field.Secret {
						changes[field.Name] = ""
					}
				}
				return provider.Encode(op, a.adapter.Table.Mutable(), changes)
			}
		}, []string{"update changes the given fields and nothing else", "update can empty a field"}},
		{"takes an empty field for an absent one", func(a *acme) {
			right := a.change
			a.change = func(op string, changes schema.Record) ([]byte, error) {
				changes = changes.With(nil)
				for name := range changes {
					if changes.IsEmpty(name) {
						delete(changes, name)
					}
				}
				return right(op, changes)
			}
		}, []string{"update can empty a field"}},
		{"changes what cannot be changed", changing(func(schema.Record) {}), []string{"update refuses what cannot be changed"}},
		{"leaves out what cannot be changed", func(a *acme) {
			a.change = func(_ string, changes schema.Record) ([]byte, error) {
				return a.adapter.Table.Mutable().Encode(changes)
			}
		}, []string{"update refuses what cannot be changed"}},
		{"sends the address with each change", changing(func(changes schema.Record) { changes["email"] = "email.Person1@Example.com" }), []string{
			"update sends the documented request", "update refuses what cannot be changed",
			"update changes the given fields and nothing else", "update can empty a field", // of everybody but the first
		}},
		{"updates with two requests", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				if r.Method == http.MethodPatch {
					_, _ = next.Do(ctx, r)
				}
				return next.Do(ctx, r)
			}
		}), []string{
			"update sends the documented request", "one change is one request", "redirects are not followed", "a lost response is unknown",
			"a context that ends is obeyed",
		}},
		{"takes the answer about another user", func(a *acme) { a.sameID = func(provider.User, string) error { return nil } },
			[]string{"a response about another user is unknown"}},
		{"does not escape ids", func(a *acme) {
			a.segment = func(op, id string) (string, error) {
				if id == "" || strings.Trim(id, ".") == "" {
					return provider.PathSegment(op, id)
				}
				return id, nil
			}
		}, []string{"ids are escaped in paths"}},
		{"escapes ids twice", func(a *acme) {
			a.segment = func(op, id string) (string, error) {
				once, err := provider.PathSegment(op, id)
				if err != nil {
					return "", err
				}
				return provider.PathSegment(op, once)
			}
		}, []string{"ids are escaped in paths"}},
		{"sends no id at all", func(a *acme) {
			a.segment = func(op, id string) (string, error) {
				if id == "" {
					return "", nil
				}
				return provider.PathSegment(op, id)
			}
		}, []string{"ids are escaped in paths"}},
		{"takes a 404 of a deletion for success", around(func(next provider.Transport) sending {
			return func(ctx context.Context, r provider.Request) (*provider.Response, error) {
				answer, err := next.Do(ctx, r)
				if failure, ok := err.(*provider.Error); ok && r.Method == http.MethodDelete && failure.Status == http.StatusNotFound {
					return &provider.Response{Status: http.StatusNoContent}, nil
				}
				return answer, err
			}
		}), []string{"delete removes the user", "an unknown id is not found", "ids are escaped in paths", "every status has its class"}},
		{"gives nobody when it deactivates", func(a *acme) {
			right := a.powers
			a.powers = func(c client) provider.Client { return forgetful{right(c), c, c, c, c} }
		}, []string{"deactivate returns the user and keeps it", "a response without an id is unknown", "attributes contain no secret"}},
	}
}

// forgetful gives nobody when it deactivates a user.
type forgetful struct {
	provider.Client
	provider.Getter
	provider.Updater
	provider.Deactivator
	provider.Deleter
}

func (f forgetful) Deactivate(ctx context.Context, id string) (provider.User, error) {
	_, err := f.Deactivator.Deactivate(ctx, id)
	return provider.User{}, err
}

// batching is an acme that creates several users at once.
func batching() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client {
		return struct {
			provider.Client
			provider.Batcher
		}{c, c}
	}, provider.CapabilityBatch)
}

// wrongBatches lists clients that are wrong with a batch.
func wrongBatches() []wrongClient {
	return []wrongClient{
		{"reads the batch by its order", func(a *acme) {
			a.settle = func(op string, records []schema.Record, items []batchItem, read func(json.RawMessage) (provider.User, error)) []provider.BatchResult {
				results := make([]provider.BatchResult, len(records))
				for i, record := range records {
					if i >= len(items) {
						results[i].Err = provider.BadResponse(op, http.StatusOK, errors.New("nothing about this user in it"))
						continue
					}
					item := items[i]
					user, err := read(item.User)
					results[i] = settle(op, record, item, func(json.RawMessage) (provider.User, error) {
						user.Key = record.Text("email") // it is not looked at
						return user, err
					})
				}
				return results
			}
		}, []string{"a batch mixes up no results"}},
		{"gives the results that there are", func(a *acme) {
			right := a.settle
			a.settle = func(op string, records []schema.Record, items []batchItem, read func(json.RawMessage) (provider.User, error)) []provider.BatchResult {
				results := right(op, records, items, read)
				return results[:min(len(results), len(items))]
			}
		}, []string{"a batch mixes up no results"}},
		{"takes a missing result for a refusal", settling(func(result *provider.BatchResult) {
			if failure, ok := result.Err.(*provider.Error); ok && failure.Class == provider.Unknown {
				failure.Class = provider.Invalid
			}
		}), []string{"a batch mixes up no results", "a batch without ids invents none"}},
		{"makes an id up", settling(func(result *provider.BatchResult) {
			if provider.ClassOf(result.Err) == provider.Unknown && result.Err != nil {
				*result = provider.BatchResult{User: provider.User{ID: "made-up"}}
			}
		}), []string{"a batch mixes up no results", "a batch without ids invents none"}},
		{"takes a refused record for an unknown one", settling(func(result *provider.BatchResult) {
			if failure, ok := result.Err.(*provider.Error); ok {
				failure.Class = provider.Unknown
			}
		}), []string{"a batch reports which records failed"}},
		{"loses the ids of a batch", settling(func(result *provider.BatchResult) { result.User.ID = "" }), []string{
			"a batch returns a user for each record", "a batch reports which records failed",
		}},
		{"tells of the first record of a lost batch", func(a *acme) {
			a.lost = func(records []schema.Record, err error) []provider.BatchResult {
				return []provider.BatchResult{{Err: err}}
			}
		}, []string{
			"every status has its class", "Retry-After is understood", "redirects are not followed", "an unusable response is unknown",
			"a lost response is unknown", "a server that cannot be reached is unsent", "a context that has ended sends nothing",
			"a context that ends is obeyed", "a batch refuses a record that cannot be written",
		}},
		{"takes a lost batch for users", func(a *acme) {
			a.lost = func(records []schema.Record, _ error) []provider.BatchResult {
				return make([]provider.BatchResult, len(records))
			}
		}, []string{
			"every status has its class", "Retry-After is understood", "redirects are not followed", "an unusable response is unknown",
			"a lost response is unknown", "a server that cannot be reached is unsent", "a context that has ended sends nothing",
			"a context that ends is obeyed", "a batch refuses a record that cannot be written",
		}},
	}
}

// naming is an acme that lists names.
func naming() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client {
		return struct {
			provider.Client
			provider.Directory
		}{c, c}
	}, provider.CapabilityRoles, provider.CapabilityOrganizations, provider.CapabilityGroups)
}

// wrongNames lists clients that are wrong with names.
func wrongNames() []wrongClient {
	return []wrongClient{
		{"lists an entry twice", func(a *acme) { a.entries = func(entries []provider.Entry) []provider.Entry { return entries } },
			[]string{"entries have ids and come once"}},
		{"lists entries without ids", func(a *acme) {
			right := a.entries
			a.entries = func(entries []provider.Entry) []provider.Entry {
				return append(right(entries), provider.Entry{Name: "x"})
			}
		}, []string{"entries have ids and come once"}},
		{"goes on with entries that were left", func(a *acme) { a.leftEarly = false }, []string{"entries can be left early"}},
		{"lists roles of any kind", func(a *acme) {
			right := a.kind
			a.kind = func(kind string) (string, bool) {
				path, ok := right(kind)
				if !ok {
					path = "/roles"
				}
				return path, true
			}
		}, []string{"an undocumented kind is refused"}},
		{"lists roles as teams", func(a *acme) {
			a.kind = func(kind string) (string, bool) {
				return "/roles", kind == provider.Role || kind == provider.Organization || kind == provider.Group
			}
		}, []string{"entries have ids and come once"}},
		{"has names that it does not document", func(a *acme) {
			a.adapter.Endpoints = slices.DeleteFunc(a.adapter.Endpoints, func(o provider.Endpoint) bool {
				return o.Capability == provider.CapabilityRoles || o.Capability == provider.CapabilityOrganizations || o.Capability == provider.CapabilityGroups
			})
		}, []string{"the client has the documented operations", "what is next to the operations is consistent", "an undocumented kind is refused"}},
	}
}

// grouping is an acme that manages the members of groups.
func grouping() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client {
		return struct {
			provider.Client
			provider.Directory
			provider.MembershipManager
		}{c, c, c}
	}, provider.CapabilityRoles, provider.CapabilityOrganizations, provider.CapabilityGroups, provider.CapabilityMembers, provider.CapabilityAddMember, provider.CapabilityRemoveMember)
}

// wrongMembers lists clients that are wrong with the members of groups.
func wrongMembers() []wrongClient {
	taking := func(class provider.Class, whenWanted bool) func(*acme) {
		return func(a *acme) {
			right := a.refused
			a.refused = func(ctx context.Context, manager provider.MembershipManager, group, user string, wanted bool, refusal error) error {
				if provider.ClassOf(refusal) == class && wanted == whenWanted {
					return nil
				}
				return right(ctx, manager, group, user, wanted, refusal)
			}
		}
	}
	const changed, unknown, escaped = "members are added and removed", "an unknown group is not found", "ids of groups are escaped in paths"
	return []wrongClient{
		{"fails for a member who is one", func(a *acme) {
			a.refused = func(_ context.Context, _ provider.MembershipManager, _, _ string, _ bool, refusal error) error {
				return refusal
			}
		}, []string{changed}},
		{"takes a conflict for an addition", taking(provider.Conflict, true), []string{"every status has its class"}},
		{"takes a 404 of a removal for success", taking(provider.NotFound, false), []string{unknown, escaped, "every status has its class"}},
		{"takes nobody for a member", func(a *acme) { a.isMember = func([]string, string) bool { return false } }, []string{changed}},
		{"takes everybody for a member", func(a *acme) { a.isMember = func([]string, string) bool { return true } }, []string{changed}},
		{"removes everybody", func(a *acme) {
			a.leaver = func(group, _ string) string { return "/groups/" + group + "/members" }
		}, []string{changed, escaped}},
		{"has groups that it does not document", func(a *acme) {
			a.adapter.Endpoints = slices.DeleteFunc(a.adapter.Endpoints, func(o provider.Endpoint) bool {
				return o.Capability == provider.CapabilityAddMember
			})
		}, []string{"the client has the documented operations", changed, escaped}},
	}
}

// keyed is an acme that looks after API keys.
func keyed() *acme {
	return newWholeAcme().narrow(func(c client) provider.Client {
		return struct {
			provider.Client
			provider.APIKeyManager
		}{c, c}
	}, provider.CapabilityAPIKeys, provider.CapabilityNewAPIKey)
}

// wrongKeys lists clients that are wrong with API keys.
func wrongKeys() []wrongClient {
	return []wrongClient{
		{"lists keys as they are", func(a *acme) {
			a.readKey = func(object json.RawMessage) (provider.APIKey, error) {
				key, err := provider.ReadAPIKey(object, "key")
				key.Attributes = object
				return key, err
			}
		}, []string{"a new key is returned and listed"}},
		{"gives no key", func(a *acme) {
			right := a.readKey
			a.readKey = func(object json.RawMessage) (provider.APIKey, error) {
				key, err := right(object)
				if key.Key != "" {
					key.Key = "key"
				}
				return key, err
			}
		}, []string{"a new key is returned and listed", "a key that is missing is unknown", "errors contain no new key"}},
		{"takes a missing key for one", func(a *acme) {
			right := a.readKey
			a.readKey = func(object json.RawMessage) (provider.APIKey, error) {
				key, err := right(object)
				if key.Key == "" {
					key.Key = "no key was given"
				}
				return key, err
			}
		}, []string{"a key that is missing is unknown", "an unusable response is unknown"}},
		{"tells the new key", func(a *acme) {
			a.readKey = func(object json.RawMessage) (provider.APIKey, error) {
				key, err := provider.ReadAPIKey(object, "key")
				if err != nil {
					err = fmt.Errorf("%w: %s", err, object)
				}
				return key, err
			}
		}, []string{"errors contain no new key", "errors contain no secret"}},
		{"forgets the options of a key", func(a *acme) {
			right := a.option
			a.option = func(op string, options schema.Record) ([]byte, error) {
				options = options.With(nil)
				delete(options, "until")
				return right(op, options)
			}
		}, []string{"a new key has the given options"}},
		{"leaves out options that it does not know", func(a *acme) {
			a.option = func(_ string, options schema.Record) ([]byte, error) { return acmeKeyTable().Encode(options) }
		}, []string{"a new key has the given options"}},
		{"has options of its own", func(a *acme) {
			right := a.option
			a.option = func(op string, options schema.Record) ([]byte, error) {
				return right(op, schema.Record{"label": "made by usher"}.With(options))
			}
		}, []string{"a new key has the given options"}},
	}
}

// settling changes each result of a batch.
func settling(change func(*provider.BatchResult)) func(*acme) {
	return func(a *acme) {
		right := a.settle
		a.settle = func(op string, records []schema.Record, items []batchItem, read func(json.RawMessage) (provider.User, error)) []provider.BatchResult {
			results := right(op, records, items, read)
			for i := range results {
				change(&results[i])
			}
			return results
		}
	}
}

func TestWrongPowersAreNoticed(t *testing.T) {
	for _, group := range []struct {
		right func() *acme
		wrong []wrongClient
	}{
		{identity, wrongIdentities()}, {batching, wrongBatches()}, {naming, wrongNames()}, {grouping, wrongMembers()}, {keyed, wrongKeys()},
	} {
		for _, wrong := range group.wrong {
			wrong.try(t, group.right())
		}
	}
}
