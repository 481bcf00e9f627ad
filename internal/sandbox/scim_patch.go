package sandbox

import (
	"maps"
	"slices"
	"strings"
)

const scimPatchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// A scimChange is one operation of a PATCH (RFC 7644, 3.5.2).
type scimChange struct {
	op     string
	value  any
	target scimTarget
}

// A scimTarget is what the path of an operation refers to. The zero value is the resource as a whole.
type scimTarget struct {
	extension bool
	attribute scimAttribute
	filter    *scimFilter // chooses among several values; nil for all
	inner     *scimAttribute
}

func (a scimAPI) patchUser(r *request) (answer, error) {
	body, err := scimBody(r)
	if err != nil {
		return answer{}, err
	}
	changes, err := scimChanges(scimCore(), body)
	if err != nil {
		return answer{}, err
	}
	return a.change(r, func(present map[string]any) (map[string]any, error) {
		user := maps.Clone(present)
		for _, change := range changes {
			if err := change.apply(user); err != nil {
				return nil, err
			}
		}
		user["schemas"] = []any{scimUserURN}
		if _, ok := user[scimEnterpriseURN]; ok {
			user["schemas"] = []any{scimUserURN, scimEnterpriseURN}
		}
		return scimUserOf(user)
	})
}

// scimChanges reads the body of a PATCH of a resource with these attributes.
func scimChanges(core []scimAttribute, body map[string]any) ([]scimChange, error) {
	schemas, _ := body["schemas"].([]any)
	operations, _ := body["Operations"].([]any)
	if len(schemas) != 1 || schemas[0] != scimPatchURN || len(operations) == 0 || len(body) != 2 {
		return nil, scimBad(scimInvalidSyntax, "the body must contain only schemas, with only %s, and Operations", scimPatchURN)
	}
	var changes []scimChange
	for _, given := range operations {
		operation, _ := given.(map[string]any)
		op, _ := operation["op"].(string)
		if !slices.Contains([]string{"add", "replace", "remove"}, op) {
			return nil, scimBad(scimInvalidSyntax, "op must be one of add, replace, remove")
		}
		change := scimChange{op: op, value: operation["value"]}
		path, hasPath := operation["path"].(string)
		_, hasValue := operation["value"]
		switch {
		case op == "remove" && !hasPath:
			return nil, scimBad(scimNoTarget, "remove requires a path")
		case op != "remove" && !hasValue:
			return nil, scimBad(scimInvalidValue, "add and replace require a value")
		case !hasPath:
			each, err := scimEach(core, op, change.value)
			if err != nil {
				return nil, err
			}
			changes = append(changes, each...)
			continue
		}
		var err error
		if change.target, err = parseSCIMPath(core, path); err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// scimEach converts an operation without a path into one for each property of its value.
func scimEach(core []scimAttribute, op string, value any) ([]scimChange, error) {
	members, isObject := value.(map[string]any)
	if !isObject {
		return nil, scimBad(scimInvalidValue, "without a path, the value must be an object")
	}
	var changes []scimChange
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if strings.EqualFold(name, scimEnterpriseURN) {
			inner, _ := members[name].(map[string]any)
			for _, member := range slices.Sorted(maps.Keys(inner)) {
				target, err := parseSCIMPath(core, scimEnterpriseURN+":"+member)
				if err != nil {
					return nil, err
				}
				changes = append(changes, scimChange{op, inner[member], target})
			}
			continue
		}
		target, err := parseSCIMPath(core, name)
		if err != nil {
			return nil, err
		}
		changes = append(changes, scimChange{op, members[name], target})
	}
	return changes, nil
}

// parseSCIMPath reads a path: [URN:]ATTRIBUTE[FILTER][.SUB].
func parseSCIMPath(core []scimAttribute, path string) (scimTarget, error) {
	invalid := scimBad(scimInvalidPath, "path: unknown attribute")
	attributes, target := core, scimTarget{}
	if rest, ok := cutPrefixFold(path, scimEnterpriseURN+":"); ok {
		attributes, path, target.extension = scimEnterprise(), rest, true
	} else if rest, ok := cutPrefixFold(path, scimUserURN+":"); ok {
		path = rest
	}
	var name, sub string
	if open, end := strings.IndexByte(path, '['), strings.LastIndexByte(path, ']'); open >= 0 && end > open {
		definition, ok := scimNamed(attributes, path[:open])
		if !ok || !definition.MultiValued {
			return scimTarget{}, invalid
		}
		filter, err := parseSCIMComparison(definition.SubAttributes, path[open+1:end])
		if err != nil {
			return scimTarget{}, scimBad(scimInvalidFilter, "%v", err)
		}
		target.filter = &filter
		name, sub = path[:open], strings.TrimPrefix(path[end+1:], ".")
	} else {
		name, sub, _ = strings.Cut(path, ".")
	}
	var ok bool
	if target.attribute, ok = scimNamed(attributes, name); !ok {
		return scimTarget{}, invalid
	}
	if sub != "" {
		inner, ok := scimNamed(target.attribute.SubAttributes, sub)
		if !ok {
			return scimTarget{}, invalid
		}
		target.inner = &inner
	}
	if target.attribute.Mutability == "readOnly" || target.inner != nil && target.inner.Mutability == "readOnly" {
		return scimTarget{}, scimBad(scimMutability, "%s is read-only", target.attribute.Name)
	}
	return target, nil
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// apply makes the change in a resource. Whether it is valid afterwards is checked as a whole.
func (c scimChange) apply(resource map[string]any) error {
	object := resource
	if c.target.extension {
		inner, _ := resource[scimEnterpriseURN].(map[string]any)
		object = maps.Clone(inner)
		if object == nil {
			object = map[string]any{}
		}
		resource[scimEnterpriseURN] = object
	}
	name := c.target.attribute.Name
	switch {
	case c.target.filter != nil:
		return c.applyToItems(object)
	case c.target.inner != nil && c.target.attribute.MultiValued:
		return c.applyToItems(object)
	case c.target.inner != nil:
		object[name] = c.within(object[name])
	case c.op == "remove":
		delete(object, name)
	case c.target.attribute.MultiValued && c.op == "add":
		present, _ := object[name].([]any)
		object[name] = scimAdded(present, c.value)
	case c.target.attribute.Type == "complex" && !c.target.attribute.MultiValued:
		merged, _ := object[name].(map[string]any)
		merged = maps.Clone(merged)
		wanted, isObject := c.value.(map[string]any)
		if merged == nil || !isObject {
			object[name] = c.value
			return nil
		}
		maps.Copy(merged, wanted)
		object[name] = merged
	default:
		object[name] = c.value
	}
	return nil
}

// within changes a sub-attribute of an object.
func (c scimChange) within(value any) any {
	present, _ := value.(map[string]any)
	changed := maps.Clone(present)
	if changed == nil {
		changed = map[string]any{}
	}
	if c.op == "remove" {
		delete(changed, c.target.inner.Name)
	} else {
		changed[c.target.inner.Name] = c.value
	}
	return changed
}

// applyToItems changes those of several values that the filter selects.
func (c scimChange) applyToItems(object map[string]any) error {
	name := c.target.attribute.Name
	present, _ := object[name].([]any)
	var changed []any
	hits := 0
	for _, item := range present {
		members, _ := item.(map[string]any)
		if c.target.filter != nil && !c.target.filter.selects(members) {
			changed = append(changed, item)
			continue
		}
		hits++
		switch {
		case c.target.inner != nil:
			changed = append(changed, c.within(item))
		case c.op != "remove":
			changed = append(changed, c.value)
		}
	}
	if hits == 0 {
		return scimBad(scimNoTarget, "the path of %s selects no value", name)
	}
	object[name] = changed
	return nil
}

// scimAdded adds values to those that are there, each once.
func scimAdded(present []any, value any) []any {
	added, isList := value.([]any)
	if !isList {
		added = []any{value}
	}
	all := slices.Clone(present)
	for _, item := range added {
		if !slices.ContainsFunc(all, func(other any) bool { return sameJSON(other, item) }) {
			all = append(all, item)
		}
	}
	return all
}

func sameJSON(a, b any) bool {
	first, err := encodeJSON(a)
	second, other := encodeJSON(b)
	return err == nil && other == nil && string(first) == string(second)
}
