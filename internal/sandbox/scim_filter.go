package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A scimFilter is one comparison (RFC 7644, 3.4.2.2). The sandbox implements neither "and" nor "or".
type scimFilter struct {
	path     []string // as the schema writes it
	operator string
	value    any // nil for pr
	exact    bool
}

// parseSCIMFilter reads a comparison about a user. An attribute of the extension
// has its URN in front (RFC 7644, 3.10).
func parseSCIMFilter(expression string) (scimFilter, error) {
	expression = strings.TrimSpace(expression)
	if rest, ok := cutPrefixFold(expression, scimEnterpriseURN+":"); ok {
		f, err := parseSCIMComparison(scimEnterprise(), rest)
		f.path = append([]string{scimEnterpriseURN}, f.path...)
		return f, err
	}
	expression, _ = cutPrefixFold(expression, scimUserURN+":")
	id := scimText("id", "")
	id.CaseExact = true
	return parseSCIMComparison(append(scimCore(), id), expression)
}

// parseSCIMComparison reads a comparison about an object with these attributes.
func parseSCIMComparison(attributes []scimAttribute, expression string) (scimFilter, error) {
	words := strings.SplitN(strings.TrimSpace(expression), " ", 3)
	path, definition, ok := scimResolve(attributes, words[0])
	if !ok {
		return scimFilter{}, errors.New("filter: unknown attribute")
	}
	f := scimFilter{path: strings.Split(path, "."), exact: definition.CaseExact}
	if len(words) > 1 {
		f.operator = strings.ToLower(words[1])
	}
	if len(words) == 2 && f.operator == "pr" {
		return f, nil
	}
	if len(words) < 3 || !slices.Contains([]string{"eq", "ne", "co", "sw", "ew"}, f.operator) {
		return scimFilter{}, errors.New(`filter: must be ATTRIBUTE OPERATOR VALUE with one of eq, ne, co, sw, ew, or ATTRIBUTE pr`)
	}
	if err := json.Unmarshal([]byte(words[2]), &f.value); err != nil || f.value == nil {
		return scimFilter{}, errors.New("filter: must compare with one JSON text or boolean")
	}
	return f, nil
}

// scimResolve finds an attribute by its path, without regard to case.
func scimResolve(attributes []scimAttribute, path string) (canonical string, found scimAttribute, ok bool) {
	outer, inner, nested := strings.Cut(path, ".")
	if found, ok = scimNamed(attributes, outer); !ok || !nested {
		return found.Name, found, ok
	}
	sub, ok := scimNamed(found.SubAttributes, inner)
	return found.Name + "." + sub.Name, sub, ok
}

// selects reports whether the comparison is true for any value at its path. Of several values without a sub-attribute,
// their values are compared.
func (f scimFilter) selects(object map[string]any) bool {
	values := scimValues(object, f.path)
	if f.operator == "pr" {
		return len(values) > 0
	}
	if f.operator == "ne" {
		return !slices.ContainsFunc(values, func(v any) bool { return f.compare("eq", v) })
	}
	return slices.ContainsFunc(values, func(v any) bool { return f.compare(f.operator, v) })
}

func (f scimFilter) compare(operator string, value any) bool {
	want, isText := f.value.(string)
	if !isText {
		return operator == "eq" && value == f.value
	}
	got := fmt.Sprint(value)
	if !f.exact {
		got, want = fold(got), fold(want)
	}
	switch operator {
	case "co":
		return strings.Contains(got, want)
	case "sw":
		return strings.HasPrefix(got, want)
	case "ew":
		return strings.HasSuffix(got, want)
	default:
		return got == want
	}
}

// scimValues lists the values at a path.
func scimValues(value any, path []string) []any {
	switch value := value.(type) {
	case []any:
		var all []any
		for _, item := range value {
			all = append(all, scimValues(item, path)...)
		}
		return all
	case map[string]any:
		if len(path) == 0 {
			path = []string{"value"}
		}
		inner, ok := value[path[0]]
		if !ok {
			return nil
		}
		return scimValues(inner, path[1:])
	default:
		if len(path) > 0 {
			return nil
		}
		return []any{value}
	}
}
