package main

import "github.com/bring-aboard/usher/pkg/schema"

// example returns a valid record with a value for every field of the table.
func example(table schema.Table) schema.Record {
	record := schema.Record{}
	for _, field := range table {
		record[field.Name] = exampleValue(field)
	}
	return record
}

func exampleValue(field schema.Field) any {
	switch field.Kind {
	case schema.Integer:
		return int64(1)
	case schema.Boolean:
		return true
	case schema.Strings:
		return []string{exampleText(field)}
	case schema.Objects:
		return []schema.Record{example(field.Parts)}
	default:
		return exampleText(field)
	}
}

// exampleText returns a valid text for the field: a documented value, a typical value for the name of the field,
// or the name itself.
func exampleText(field schema.Field) string {
	if field.Pattern != nil {
		return field.Example
	}
	if len(field.Suggestions) > 0 {
		return field.Suggestions[0]
	}
	if field.Format == schema.UUID {
		return "0b9f1c2e-5d34-4f6a-8a17-3c2d9e4b7f10"
	}
	switch schema.FoldName(field.Name) {
	case "email", "value":
		return "ada@example.com"
	case "identityname", "username":
		return "ada.lovelace"
	case "displayname":
		return "Ada Lovelace"
	case "firstname", "givenname", "traitsnamefirst":
		return "Ada"
	case "lastname", "familyname", "traitsnamelast":
		return "Lovelace"
	case "phone", "phonenumber":
		return "+44 20 7946 0000"
	case "oryid":
		return "6f1d3b0e-93a4-4c58-b1d7-20e5c8fa4b96"
	case "organization":
		return "org_123"
	case "roles":
		return "member"
	case "addressline1":
		return "12 St James's Square"
	case "addressline2":
		return "Second floor"
	case "addresscity", "addressstate":
		return "London"
	case "addresscountry":
		return "GB"
	case "addresszipcode":
		return "SW1Y 4JH"
	case "password", "credentialspasswordconfigpassword":
		return "a long password that only Ada knows"
	}
	if field.Format == schema.Email {
		return "ada@example.com"
	}
	if field.Example != "" {
		return field.Example
	}
	return field.Label()
}
