package providertest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// apiKeyChecks returns the checks of API keys of users, if the client supports them.
func apiKeyChecks() []Check {
	return []Check{
		{"a new key is returned and listed", having(checkNewKey)},
		{"a new key has the given options", having(checkKeyOptions)},
		{"a key that is missing is unknown", having(checkMissingKey)},
		{"errors contain no new key", having(checkKeyErrors)},
	}
}

// keyOptions returns a valid value for every option of a new key.
func (tr *trial) keyOptions() schema.Record { return Sample(tr.Adapter.APIKeyTable, 1) }

// newKey creates a user with a key, and returns both with the exchange.
func (tr *trial) newKey(manager provider.APIKeyManager, s *stage, record, options schema.Record) (provider.User, provider.APIKey, exchange, error) {
	user, _, err := tr.create(record)
	if err != nil {
		return provider.User{}, provider.APIKey{}, exchange{}, err
	}
	key, err := manager.CreateAPIKey(tr.t.Context(), user.ID, options)
	if err != nil {
		return provider.User{}, provider.APIKey{}, exchange{}, err
	}
	last, err := s.last()
	return user, key, last, err
}

func checkNewKey(tr *trial, manager provider.APIKeyManager, s *stage) error {
	user, key, made, err := tr.newKey(manager, s, tr.record(1), tr.keyOptions())
	if err != nil {
		return err
	}
	var found findings
	if len(key.Key) < leastSecret {
		found.addf("the new key has %d characters, too few to be looked for", len(key.Key))
		return found.err()
	}
	found.add(tr.checkDocumented(provider.CapabilityNewAPIKey, made.sent))
	found.in("the new key", checkKey(key, key.Key))
	keys, err := manager.APIKeys(tr.t.Context(), user.ID)
	if err != nil {
		return err
	}
	found.add(tr.checkSent(s, provider.CapabilityAPIKeys))
	if len(keys) != 1 {
		found.addf("the user has %d keys, want one", len(keys))
	}
	for _, listed := range keys {
		found.in("a listed key", checkKey(listed, key.Key))
		if listed.Key != "" && listed.Key != key.Key {
			found.addf("a listed key is another one")
		}
	}
	other, _, err := tr.create(tr.record(2))
	if err != nil {
		return err
	}
	if keys, err := manager.APIKeys(tr.t.Context(), other.ID); err != nil || len(keys) != 0 {
		found.addf("a user without keys has %d: %w", len(keys), err)
	}
	return found.err()
}

// checkKey returns an error for a key whose attributes are not an object, or contain a secret.
func checkKey(key provider.APIKey, secret string) error {
	document, err := parse(key.Attributes)
	if _, ok := document.(map[string]any); err != nil || !ok {
		return fmt.Errorf("the attributes are no JSON object: %w", err)
	}
	if strings.Contains(string(key.Attributes), secret) {
		return fmt.Errorf("the attributes hold the key")
	}
	return nil
}

// checkKeyOptions creates a key with every option and one with none, and keys with unknown options.
func checkKeyOptions(tr *trial, manager provider.APIKeyManager, s *stage) error {
	options := tr.keyOptions()
	_, _, full, err := tr.newKey(manager, s, tr.record(1), options)
	if err != nil {
		return err
	}
	user, _, least, err := tr.newKey(manager, s, tr.record(2), nil)
	if err != nil {
		return err
	}
	want := map[string]any{}
	for _, field := range tr.Adapter.APIKeyTable {
		put(want, field.WirePath(), wireValue(field, options[field.Name]))
	}
	var found findings
	if got, err := parse(full.sent.body); err != nil || !reflect.DeepEqual(got, any(want)) {
		found.addf("the body with every option is %s, want %s: %w", full.sent.body, format(want), err)
	}
	if text := string(least.sent.body); text != "" && text != "{}" {
		found.addf("the body without options is %s", text)
	}
	for _, options := range []schema.Record{{"no.such.option": "x"}, {tr.Adapter.APIKeyTable[0].Name: struct{}{}}} {
		s.change(tr.pass)
		_, err := manager.CreateAPIKey(tr.t.Context(), user.ID, options)
		found.in("an option that is none", judge(err, provider.Invalid))
		if n := len(s.received()); n != 0 {
			found.addf("an option that is none: %d requests were sent", n)
		}
	}
	return found.err()
}

// checkMissingKey removes the key from a genuine response.
func checkMissingKey(tr *trial, manager provider.APIKeyManager, s *stage) error {
	user, key, made, err := tr.newKey(manager, s, tr.record(1), nil)
	if err != nil {
		return err
	}
	document, err := parse(made.answer.body)
	if err != nil {
		return err
	}
	var found findings
	for name, value := range map[string]any{"no key": nil, "an empty key": "", "a key that is an object": map[string]any{}} {
		s.change(always(made.answer.with(format(edit(document, func(_ string, was any) (any, bool) {
			if isScalar(was, key.Key) {
				return value, name != "no key"
			}
			return was, true
		})))))
		_, err := manager.CreateAPIKey(tr.t.Context(), user.ID, nil)
		found.in(name, judge(err, provider.Unknown))
	}
	return found.err()
}

// checkKeyErrors breaks genuine responses that contain a key.
func checkKeyErrors(tr *trial, manager provider.APIKeyManager, s *stage) error {
	user, key, made, err := tr.newKey(manager, s, tr.record(1), nil)
	if err != nil {
		return err
	}
	if _, err := manager.APIKeys(tr.t.Context(), user.ID); err != nil {
		return err
	}
	list, err := s.last()
	if err != nil {
		return err
	}
	echo := plainAnswer(200, "application/json", string(format(key.Key)))
	var found findings
	for _, genuine := range []answer{made.answer, list.answer} {
		for name, reply := range repliesOf(genuine) {
			for _, reply := range []answer{reply, reply.with(slices.Concat(reply.body, echo.body)), echo} {
				s.change(always(reply))
				_, err := manager.CreateAPIKey(tr.t.Context(), user.ID, nil)
				_, listErr := manager.APIKeys(tr.t.Context(), user.ID)
				for _, err := range []error{err, listErr} {
					if leak := leakOf(err, key.Key); leak != "" {
						found.addf("%s: the key stands in the error's %s", name, leak)
					}
				}
			}
		}
	}
	return found.err()
}
