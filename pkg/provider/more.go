package provider

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// PointsToMore reports whether a response with so many entries of a list, for which no paging is documented, points to
// more: by a link to a next page, by a property next to the entries, or one level below it, that contains a next page
// or is true for more, or by a total that is larger.
func PointsToMore(header http.Header, beside map[string]json.RawMessage, members int) bool {
	for _, link := range header.Values("Link") {
		if strings.Contains(strings.NewReplacer(`"`, "", " ", "").Replace(strings.ToLower(link)), "rel=next") {
			return true
		}
	}
	for name, value := range beside {
		if pointsToMore(name, value, members) {
			return true
		}
		var below map[string]json.RawMessage
		if json.Unmarshal(value, &below) != nil {
			continue
		}
		for inner, value := range below {
			if pointsToMore(inner, value, members) {
				return true
			}
		}
	}
	return false
}

func pointsToMore(name string, value json.RawMessage, members int) bool {
	name = schema.FoldName(name)
	number, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	isNumber := err == nil
	switch {
	case strings.Contains(name, "next"), strings.Contains(name, "more"), strings.Contains(name, "truncated"):
		return !isNothing(value) && (!isNumber || number != 0)
	case strings.Contains(name, "total"), strings.HasPrefix(name, "count"):
		return isNumber && number > float64(members)
	default:
		return false
	}
}

// isNothing reports whether a JSON value is null, false, or empty.
func isNothing(value json.RawMessage) bool {
	switch string(value) {
	case "", "null", "false", `""`, "{}", "[]", `"false"`:
		return true
	default:
		return false
	}
}
