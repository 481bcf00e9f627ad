package schema_test

import (
	"fmt"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A table declares the fields of a user, and a record has the values of one. Validate reports every value that breaks a
// documented rule.
func ExampleTable_Validate() {
	table := schema.Table{
		{Name: "email", Required: true, Format: schema.Email, Title: "Email"},
		{Name: "firstName", MaxLength: 20, Title: "First name"},
		{Name: "role", Suggestions: []string{"admin", "member"}, Closed: true, Title: "Role"},
	}
	for _, err := range table.Validate(schema.Record{"email": "nobody", "role": "owner"}) {
		fmt.Printf("%s (%s)\n", err.Message, err.Cause)
	}
	fmt.Println(table.Validate(schema.Record{"email": "ada@example.com", "role": "admin"}).Err())
	// Output:
	// email "nobody" is not an email address (malformed)
	// role "owner" is not a documented value (malformed)
	// <nil>
}

// A field reads its value from text, such as a cell of a spreadsheet, and a table encodes a record as the body that the
// provider documents.
func ExampleTable_Encode() {
	table := schema.Table{
		{Name: "email", Required: true, Format: schema.Email},
		{Name: "name.given", Wire: []string{"name", "given"}},
		{Name: "roles", Kind: schema.Strings},
		{Name: "active", Kind: schema.Boolean},
	}
	record := schema.Record{}
	cells := map[string]string{"email": "ada@example.com", "name.given": "Ada", "roles": "admin;member", "active": "yes"}
	for _, field := range table {
		value, err := field.Parse(cells[field.Name])
		if err != nil {
			fmt.Println(err)
			return
		}
		record[field.Name] = value
	}
	body, err := table.Encode(record)
	fmt.Println(string(body), err)
	// Output:
	// {"email":"ada@example.com","name":{"given":"Ada"},"roles":["admin","member"],"active":true} <nil>
}
