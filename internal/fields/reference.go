package fields

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Markdown returns the table of fields for a reference page.
func Markdown(table schema.Table) string {
	var b strings.Builder
	b.WriteString("| field | flag | type | required | description |\n|---|---|---|---|---|\n")
	for _, field := range table.Ordered() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n",
			field.Name, flagsCell(field), TypeOf(field), yesNo(field.Required), help(field))
	}
	return b.String()
}

// TypeOf returns the documented type of a field as text: "list of strings", "string, a uuid".
func TypeOf(field schema.Field) string {
	text := field.Kind.String()
	switch {
	case field.Kind == schema.Objects:
		text += " " + field.ValueName()
	case field.Closed && len(field.Suggestions) == 1:
		text += ", always " + field.Suggestions[0]
	case field.Closed:
		text += ", one of " + strings.Join(field.Suggestions, ", ")
	case field.Format != schema.AnyText:
		text += ", " + string(field.Format)
	}
	if field.Secret {
		text += ", secret"
	}
	return text
}

func flagsCell(field schema.Field) string {
	if field.Secret {
		return fmt.Sprintf("`--%[1]s-stdin`, `--%[1]s-file`", field.FlagName())
	}
	return "`--" + field.FlagName() + "`"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
