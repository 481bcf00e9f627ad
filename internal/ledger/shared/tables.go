package shared

import (
	"cmp"
	"encoding/json"
	"time"
)

// table is a table that both stores have, with the columns that both have.
type table struct {
	name    string
	columns []string
}

// tables returns the tables that are copied from one store to the other, in an order in which each refers to earlier ones.
func tables() []table {
	return []table{
		{"runs", []string{
			"number", "id", "command", "target", "profile", "provider", "file", "sha256", "format", "encoding", "folder", "arguments", "before_file",
			"rows_read", "part_of", "expires", "started", "ended", "exit_status", "counts", "failed_file", "results_file", "pruned",
		}},
		{"rows", []string{
			"run", "row", "line", "digest", "state", "user_id", "group_id", "class", "message", "attempts", "started", "ended", "doubt", "proof", "sends",
			"resends", "word", "due", "not_stored",
		}},
		{"digests", []string{"digest", "run", "row"}},
		{"targets", []string{"target", "credentials", "organization", "merged"}},
		{"spellings", []string{"spelling", "target"}},
		{"assigned", []string{"person", "key"}},
	}
}

// difference is how the values of a column differ between the stores.
type difference int

const (
	same      difference = iota
	asMoment             // in the file milliseconds since 1970
	asFlag               // in the file a number
	asList               // in the file JSON
	asObject             // in the file JSON as text
	endNumber            // in the file NULL until the run ends
	endText              // likewise
)

// differenceOf returns how the values of a column differ. A name means the same in all tables.
func differenceOf(column string) difference {
	switch column {
	case "expires", "started", "ended", "pruned":
		return asMoment
	case "word", "due", "merged":
		return asFlag
	case "arguments":
		return asList
	case "counts":
		return asObject
	case "exit_status":
		return endNumber
	case "failed_file", "results_file":
		return endText
	default:
		return same
	}
}

// fromFile returns the value of a column in the database for the one in the file.
func fromFile(column string, value any) (any, error) {
	switch differenceOf(column) {
	case asMoment:
		if milliseconds, ok := value.(int64); ok {
			return time.UnixMilli(milliseconds), nil
		}
	case asFlag:
		return value != int64(0), nil
	case asList:
		var texts []string
		encoded, _ := value.(string)
		err := json.Unmarshal([]byte(cmp.Or(encoded, "null")), &texts)
		return append([]string{}, texts...), err
	case endNumber:
		if value == nil {
			return int64(0), nil
		}
	case endText:
		if value == nil {
			return "", nil
		}
	}
	return value, nil
}

// toFile returns the SQL expression for the value of a column in the file. The table is t.
func toFile(column string) string {
	value := "t." + column
	switch differenceOf(column) {
	case asMoment:
		return "floor(extract(epoch FROM " + value + ") * 1000)::bigint"
	case asFlag:
		return value + "::int"
	case asList:
		return "array_to_json(" + value + ")::text"
	case asObject:
		return value + "::text"
	default:
		return value
	}
}
