package sandbox

import (
	"context"
	"encoding/json"
	"strings"
)

// An episode is one request, with the faults that are injected in the store. It is in the request's context, so that
// the dialects do not depend on it.
type episode struct {
	dialect *dialect
	tenant  string // "" unless Options.Tenants
	rewrite func(key string) string
	drop    []string // dotted names of fields

	made   []madeUser
	edited []fieldEdit // of the last user that was stored
	struck []Fault
}

// A madeUser is a user that the request has created.
type madeUser struct{ id, key string }

// A fieldEdit is a field that is stored differently from the request.
type fieldEdit struct {
	path  []string
	value any // nil if it is not stored
}

type episodeKey struct{}

// episodeOf returns the episode of a context, or an empty one.
func episodeOf(ctx context.Context) *episode {
	if e, ok := ctx.Value(episodeKey{}).(*episode); ok {
		return e
	}
	return &episode{}
}

// newEpisode draws the faults of the store.
func (s *Server) newEpisode(d *dialect, t *route, req *request) *episode {
	e := &episode{dialect: d}
	if s.options.Tenants {
		e.tenant = s.backend.tenantOf(req)
	}
	if !t.does.writes() {
		return e
	}
	if fault, hit := s.backend.dice.hits(FaultRewrite); hit {
		e.rewrite = keyForm(fault.Parameter())
	}
	if fault, hit := s.backend.dice.hits(FaultDrop); hit {
		e.drop = d.optional
		if names := fault.Parameter(); names != "" {
			e.drop = strings.Split(names, ",")
		}
	}
	return e
}

// place returns the key under which the store has the users of a provider: those of the tenant.
func (e *episode) place(provider string) string {
	if e.tenant == "" {
		return provider
	}
	return provider + "/" + e.tenant
}

// edit returns the document and the key that are stored instead of those of the request. Present is the user's document
// before, nil for a create.
func (e *episode) edit(present json.RawMessage, key string, wanted []byte) (string, []byte, error) {
	if e.rewrite == nil && len(e.drop) == 0 {
		return key, wanted, nil
	}
	document, err := asObject(wanted)
	if err != nil {
		return "", nil, err
	}
	before := map[string]any{}
	if present != nil {
		if before, err = asObject(present); err != nil {
			return "", nil, err
		}
	}
	e.edited = nil
	if e.rewrite != nil {
		key = e.rewriteKey(document, key)
	}
	for _, name := range e.drop {
		e.keepField(document, before, strings.Split(name, "."))
	}
	stored, err := encodeJSON(document)
	return key, stored, err
}

// rewriteKey sets the other form of the key in the document.
func (e *episode) rewriteKey(document map[string]any, key string) string {
	form := e.rewrite(key)
	if form == key {
		return key
	}
	e.struck = append(e.struck, FaultRewrite)
	for _, path := range e.dialect.key {
		if valueAt(document, path) == key {
			e.set(document, path, form)
		}
	}
	return form
}

// keepField restores the value that a field of the document had before.
func (e *episode) keepField(document, before map[string]any, path []string) {
	old := valueAt(before, path)
	if text, same := encoded(valueAt(document, path)), encoded(old); text == same {
		return
	}
	e.struck = append(e.struck, FaultDrop)
	e.set(document, path, old)
}

func (e *episode) set(document map[string]any, path []string, value any) {
	setAt(document, path, value)
	e.edited = append(e.edited, fieldEdit{path, value})
}

// show returns the response with the edited fields as they are stored. A response without a user is unchanged.
func (e *episode) show(a answer) answer {
	if len(e.edited) == 0 || !a.succeeded() {
		return a
	}
	content, err := a.encode()
	if err != nil {
		return a
	}
	tree, err := asObject(content)
	if err != nil {
		return a
	}
	user, isObject := tree, true
	if e.dialect.envelope != "" {
		user, isObject = tree[e.dialect.envelope].(map[string]any)
	}
	if !isObject {
		return a
	}
	for _, edit := range e.edited {
		if valueAt(user, edit.path) != nil || edit.value != nil {
			setAt(user, edit.path, edit.value)
		}
	}
	if content, err = encodeJSON(tree); err != nil {
		return a
	}
	a.body, a.raw = nil, string(content)
	if len(e.made) == 1 && a.header.Get("Content-Location") != "" {
		a.setHeader("Content-Location", e.made[0].key)
	}
	return a
}

// encoded returns a JSON value as text, to compare it.
func encoded(value any) string {
	text, err := encodeJSON(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// valueAt returns the value at a path of an object, nil if there is none.
func valueAt(object map[string]any, path []string) any {
	value := any(object)
	for _, name := range path {
		inner, isObject := value.(map[string]any)
		if !isObject {
			return nil
		}
		value = inner[name]
	}
	return value
}

// setAt sets the value at a path of an object, or removes it for nil. It adds no object on the way.
func setAt(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		inner, isObject := object[name].(map[string]any)
		if !isObject {
			return
		}
		object = inner
	}
	if last := path[len(path)-1]; value == nil {
		delete(object, last)
	} else {
		object[last] = value
	}
}

// keyForm returns the function that converts a key into a form of [FaultRewrite].
func keyForm(name string) func(key string) string {
	switch name {
	case "upper":
		return strings.ToUpper
	case "phone":
		return phoneForm
	case "gmail":
		return gmailForm
	default:
		return strings.ToLower
	}
}

// phoneForm removes the marks between the digits of an international telephone number, as E.164 has it. Anything else
// is unchanged.
func phoneForm(key string) string {
	if !strings.HasPrefix(key, "+") {
		return key
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0-./()", r) {
			return -1
		}
		return r
	}, key)
	if strings.Trim(digits, "+0123456789") != "" {
		return key
	}
	return digits
}

// gmailForm removes the dots and the tag of the local part of an address.
func gmailForm(key string) string {
	at := strings.LastIndex(key, "@")
	if at < 0 {
		return key
	}
	local, _, _ := strings.Cut(key[:at], "+")
	return strings.ReplaceAll(local, ".", "") + key[at:]
}
