package provider

import "github.com/bring-aboard/usher/pkg/schema"

// Record reads the documented fields that a user has, as far as they can be
// read: a provider may return more than it takes. Fields that the table lacks,
// nulls and values of another type are left out.
func (u User) Record(table schema.Table) schema.Record {
	members, err := Members(u.Attributes)
	if err != nil {
		return schema.Record{}
	}
	record, _ := table.Decode(members)
	return record
}
