package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// orySchemas are the project's identity schemas: the preset of a new project, and one that uses more features of JSON
// Schema.
func orySchemas() map[string]string {
	return map[string]string{"default": orySchemaDefault, "customer": orySchemaCustomer}
}

const orySchemaDefault = `{
  "$id": "https://schemas.ory.sh/presets/kratos/quickstart/email-password/identity.schema.json",
  "title": "Person",
  "type": "object",
  "properties": {
    "traits": {
      "type": "object",
      "properties": {
        "email": {
          "type": "string",
          "format": "email",
          "title": "E-Mail",
          "ory.sh/kratos": {
            "credentials": {"password": {"identifier": true}},
            "recovery": {"via": "email"},
            "verification": {"via": "email"}
          },
          "maxLength": 320
        },
        "name": {
          "type": "object",
          "properties": {
            "first": {"type": "string", "title": "First name"},
            "last": {"type": "string", "title": "Last name"}
          }
        }
      },
      "required": ["email"],
      "additionalProperties": false
    }
  }
}
`

const orySchemaCustomer = `{
  "$id": "https://example.com/customer.schema.json",
  "title": "Customer",
  "type": "object",
  "properties": {
    "traits": {
      "type": "object",
      "properties": {
        "contact": {
          "type": "object",
          "properties": {
            "email": {
              "type": "string",
              "format": "email",
              "title": "Work email",
              "ory.sh/kratos": {"credentials": {"password": {"identifier": true}}}
            },
            "homepage": {"type": "string", "format": "uri", "title": "Home page"}
          },
          "required": ["email"]
        },
        "plan": {"type": "string", "enum": ["basic", "gold"], "title": "Plan", "description": "The plan that the customer has booked."},
        "seats": {"type": "integer", "title": "Seats"},
        "newsletter": {"type": "boolean", "title": "Newsletter"},
        "born": {"type": "string", "format": "date", "title": "Date of birth"},
        "customer_since": {"type": "string", "format": "date-time"},
        "device": {"type": "string", "format": "uuid"},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$", "examples": ["AB-1"], "minLength": 4, "maxLength": 12},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}, "title": "Tags"}
      },
      "required": ["contact", "plan"],
      "additionalProperties": false
    }
  }
}
`

// getSchema returns an identity schema. Its id may be in base64.
func (a oryAPI) getSchema(r *request) (answer, error) {
	id := r.PathValue("id")
	if decoded, err := base64.RawURLEncoding.DecodeString(id); err == nil && orySchemas()[string(decoded)] != "" {
		id = string(decoded)
	}
	text, known := orySchemas()[id]
	if !known {
		return answer{}, refuse(http.StatusNotFound, "identity schema not found")
	}
	return jsonAnswer(http.StatusOK, json.RawMessage(text)), nil
}

// orySegment returns a schema's id as a segment of a path.
func orySegment(id string) string {
	if url.PathEscape(id) == id {
		return id
	}
	return base64.RawURLEncoding.EncodeToString([]byte(id))
}

// oryIdentifier checks the traits of an identity against its schema, and returns the identifier.
func oryIdentifier(identity map[string]any) (string, error) {
	text, known := orySchemas()[identity["schema_id"].(string)]
	if !known {
		return "", refuse(http.StatusBadRequest, "schema_id: identity schema not found")
	}
	var document struct {
		Properties struct {
			Traits jsonSchema `json:"traits"`
		} `json:"properties"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	traits := document.Properties.Traits
	if found := traits.check()("traits", identity["traits"]); len(found) > 0 {
		return "", &problem{status: http.StatusBadRequest, message: summary(found)}
	}
	return traits.identifierOf(identity["traits"]), nil
}

// A jsonSchema is as much of a JSON Schema as the project's schemas use.
type jsonSchema struct {
	Type       string                `json:"type"`
	Format     string                `json:"format"`
	Pattern    string                `json:"pattern"`
	MinLength  int                   `json:"minLength"`
	MaxLength  int                   `json:"maxLength"`
	Enum       []string              `json:"enum"`
	Properties map[string]jsonSchema `json:"properties"`
	Required   []string              `json:"required"`
	Items      *jsonSchema           `json:"items"`
	Extension  struct {
		Credentials map[string]struct {
			Identifier bool `json:"identifier"`
		} `json:"credentials"`
	} `json:"ory.sh/kratos"`
}

// check returns the check of values against the schema.
func (s jsonSchema) check() check {
	switch s.Type {
	case "object":
		var members []member
		for name, property := range s.Properties {
			members = append(members, member{name: name, required: slices.Contains(s.Required, name), check: property.check()})
		}
		slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
		return object(members...)
	case "array":
		return list(0, s.Items.check())
	case "boolean":
		return truth
	case "integer":
		return wholeNumber
	default:
		return s.checkText
	}
}

func (s jsonSchema) checkText(at string, value any) []violation {
	rules := map[string]check{"email": emailAddress, "uuid": uuidText, "date-time": dateTime, "uri": absoluteURI, "date": plainDate}
	if rule := rules[s.Format]; rule != nil {
		return rule(at, value)
	}
	if len(s.Enum) > 0 {
		return oneOf(s.Enum...)(at, value)
	}
	return validate(at, value, "must have the length and the format of its schema", func(text string) bool {
		length := utf8.RuneCountInString(text)
		return length >= s.MinLength && (s.MaxLength == 0 || length <= s.MaxLength) && regexp.MustCompile(s.Pattern).MatchString(text)
	})
}

// identifierOf finds the value of the identifier.
func (s jsonSchema) identifierOf(value any) string {
	if text, isText := value.(string); isText && s.Extension.Credentials["password"].Identifier {
		return text
	}
	object, _ := value.(map[string]any)
	for name, property := range s.Properties {
		if found := property.identifierOf(object[name]); found != "" {
			return found
		}
	}
	return ""
}

// wholeNumber accepts a number without a fraction, as it was parsed or stored.
func wholeNumber(at string, value any) []violation {
	switch value := value.(type) {
	case json.Number:
		if _, err := value.Int64(); err == nil {
			return nil
		}
	case float64:
		if value == float64(int64(value)) {
			return nil
		}
	}
	return badRequest(at, "must be a whole number")
}

func absoluteURI(at string, value any) []violation {
	return validate(at, value, "must be an address with a scheme", func(s string) bool {
		address, err := url.Parse(s)
		return err == nil && address.IsAbs()
	})
}

func plainDate(at string, value any) []violation {
	return validate(at, value, "must be a date", func(s string) bool {
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	})
}
