package sandbox

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A violation is one rule that a body breaks. Its message never contains the value.
type violation struct {
	Field   string `json:"field"` // place in the body, such as organizations[0].roleId
	Message string `json:"message"`
}

// summary joins violations into one sentence.
func summary(found []violation) string {
	parts := make([]string, len(found))
	for i, v := range found {
		parts[i] = strings.TrimSpace(v.Field + " " + v.Message)
	}
	return strings.Join(parts, "; ")
}

// A check checks the value at a place in the body, as [parseJSON] returns it.
type check func(at string, value any) []violation

// A member is one documented key of an object.
type member struct {
	name     string
	required bool
	check    check
}

// object accepts the documented members and no other key.
func object(members ...member) check {
	return func(at string, value any) []violation {
		given, isObject := value.(map[string]any)
		if !isObject {
			return badRequest(at, "must be a JSON object")
		}
		var found []violation
		for _, m := range members {
			v, present := given[m.name]
			switch {
			case present:
				found = append(found, m.check(join(at, m.name), v)...)
			case m.required:
				found = append(found, badRequest(join(at, m.name), "is required")...)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if !slices.ContainsFunc(members, func(m member) bool { return m.name == name }) {
				found = append(found, badRequest(join(at, name), "is not a documented field")...)
			}
		}
		return found
	}
}

// optional returns the members with none of them required.
func optional(members []member) []member {
	relaxed := slices.Clone(members)
	for i := range relaxed {
		relaxed[i].required = false
	}
	return relaxed
}

// list accepts an array of at least so many elements.
func list(least int, element check) check {
	return func(at string, value any) []violation {
		given, isArray := value.([]any)
		if !isArray {
			return badRequest(at, "must be an array")
		}
		if len(given) < least {
			return badRequest(at, fmt.Sprintf("must have at least %d element", least))
		}
		var found []violation
		for i, v := range given {
			found = append(found, element(fmt.Sprintf("%s[%d]", at, i), v)...)
		}
		return found
	}
}

// text accepts any string.
func text(at string, value any) []violation {
	if _, isString := value.(string); !isString {
		return badRequest(at, "must be a string")
	}
	return nil
}

// filled accepts a string with at least one character that is not white space.
func filled(at string, value any) []violation {
	return validate(at, value, `must match \S`, func(s string) bool { return strings.TrimSpace(s) != "" })
}

// uuidText accepts a whole UUID in its canonical form, in either case.
func uuidText(at string, value any) []violation {
	return validate(at, value, "must be a UUID", func(s string) bool {
		return len(s) == len(uuid.Nil.String()) && uuid.Validate(s) == nil
	})
}

// dateTime accepts a time in RFC 3339.
func dateTime(at string, value any) []violation {
	return validate(at, value, "must be a date-time", func(s string) bool {
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	})
}

// oneOf accepts the given texts.
func oneOf(words ...string) check {
	return func(at string, value any) []violation {
		return validate(at, value, "must be one of "+strings.Join(words, ", "),
			func(s string) bool { return slices.Contains(words, s) })
	}
}

// emailAddress accepts an address without a display name.
func emailAddress(at string, value any) []violation {
	return validate(at, value, "must be a valid email address", func(s string) bool {
		address, err := mail.ParseAddress(s)
		return err == nil && address.Address == s
	})
}

// validate accepts a string for which valid returns true.
func validate(at string, value any, message string, valid func(string) bool) []violation {
	s, isString := value.(string)
	if !isString {
		return text(at, value)
	}
	if !valid(s) {
		return badRequest(at, message)
	}
	return nil
}

func badRequest(at, message string) []violation {
	if at == "" {
		at = "body"
	}
	return []violation{{Field: at, Message: message}}
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
