package providertest

import (
	"fmt"
	"hash/fnv"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Sample returns the n-th of a series of valid records with a value for every field of a table. Texts contain capitals,
// an accent and characters that JSON and HTML treat specially. A field with suggestions has the first of them, one with
// a pattern its example; other secrets are long enough to be found wherever they leak.
func Sample(table schema.Table, n int) schema.Record {
	record := make(schema.Record, len(table))
	for _, field := range table {
		record[field.Name] = sampleValue(field, n)
	}
	return record
}

func sampleValue(field schema.Field, n int) any {
	switch field.Kind {
	case schema.Integer:
		return int64(n)
	case schema.Boolean:
		return true
	case schema.Strings:
		return []string{sampleText(field, n), sampleText(field, n+1)}
	case schema.Objects:
		return []schema.Record{Sample(field.Parts, n), Sample(field.Parts, n+1)}
	default:
		return sampleText(field, n)
	}
}

func sampleText(field schema.Field, n int) string {
	if numbered := fmt.Sprintf("%s%d", field.Example, n); field.Pattern != nil && field.Identifier && len(field.Check(numbered)) == 0 {
		return numbered
	}
	switch {
	case field.Pattern != nil:
		return field.Example // no text can be made up for a pattern
	case field.Secret:
		return fmt.Sprintf("Canary-%d-%08x", n, digest(field.Name))
	case field.Format == schema.Email:
		return fmt.Sprintf("%s.Person%d@Example.com", schema.FoldName(field.Name), n)
	case field.Format == schema.UUID:
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", digest(field.Name), n)
	case field.Format == schema.DateTime:
		return fmt.Sprintf("2030-01-31T00:00:%02dZ", n%60)
	case field.Format == schema.JSON:
		return fmt.Sprintf(`{"list":[%d,true,null],"text":"é<&>"}`, n)
	case len(field.Suggestions) > 0:
		return field.Suggestions[0]
	case field.Format == schema.URI:
		return fmt.Sprintf("https://example.com/%d?q=%%3C&r=1", n)
	case field.Format == schema.Date:
		return fmt.Sprintf("%04d-02-28", 1900+n)
	default:
		return fmt.Sprintf("%s %d é<&>", field.Name, n)
	}
}

func digest(text string) uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(text))
	return hash.Sum32()
}
