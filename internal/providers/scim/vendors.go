package scim

import (
	"fmt"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// settingVendor is the setting with the service whose documented differences apply.
const settingVendor = "vendor"

// standardVendor is the value of the setting for the standard itself.
const standardVendor = "standard"

// vendor is a service whose page documents how it differs from the standard.
type vendor struct {
	name, title, docs string
	// required lists the fields that it requires, and without those that it does not support.
	required, without []string
	// only lists the standard's fields that it supports, if its page lists those; nil for all.
	only []string
	// withoutDisplay lists the lists whose values have no property display.
	withoutDisplay []string
	// keepsDeleted reports that DELETE only deactivates a user.
	keepsDeleted bool
	// hidesMembers reports that groups are returned without their members, and found by a filter with a member.
	hidesMembers bool
}

// vendors lists the services in alphabetical order. Each has only what its page documents.
func vendors() []vendor {
	return []vendor{
		{
			name: "aws-identity-center", title: "AWS IAM Identity Center",
			docs:           "https://docs.aws.amazon.com/singlesignon/latest/developerguide/createuser.html",
			required:       []string{"name.givenName", "name.familyName", "displayName"},
			without:        []string{"ims", "photos", "x509Certificates", "entitlements", "password"},
			withoutDisplay: []string{"emails", "addresses", "phoneNumbers", "roles"},
			hidesMembers:   true, // https://docs.aws.amazon.com/singlesignon/latest/developerguide/listgroups.html
		},
		{
			name: "databricks", title: "Databricks",
			docs: "https://databricks.github.io/sdk-js/api/interfaces/_databricks_sdk-scim.v1.CreateUserRequest.html",
			only: []string{"userName", "displayName", "name.familyName", "name.givenName", "active", "emails", "entitlements", "roles"},
		},
		{
			name: "slack", title: "Slack",
			docs:         "https://docs.slack.dev/reference/scim-api",
			required:     []string{"emails"},
			keepsDeleted: true,
		},
		{
			name: "snowflake", title: "Snowflake",
			docs: "https://docs.snowflake.com/en/user-guide/scim-user-api-reference",
			only: []string{"userName", "externalId", "displayName", "name.familyName", "name.givenName", "active", "password", "emails"},
		},
	}
}

// vendorNames returns the valid values of the setting.
func vendorNames() []string {
	names := []string{standardVendor}
	for _, v := range vendors() {
		names = append(names, v.name)
	}
	return names
}

// vendorOf returns the vendor with a name; without differences for the standard itself.
func vendorOf(name string) (vendor, error) {
	all := vendors()
	if i := slices.IndexFunc(all, func(v vendor) bool { return v.name == name }); i >= 0 {
		return all[i], nil
	}
	if name != "" && name != standardVendor {
		return vendor{}, fmt.Errorf("%s: unknown vendor %q", settingVendor, name)
	}
	return vendor{}, nil
}

// narrow applies what the vendor documents of its fields.
func (v vendor) narrow(table schema.Table) schema.Table {
	without := v.without
	if v.only != nil {
		for _, field := range standardTable() { // and not what the tenant's own schemas add
			if !slices.Contains(v.only, field.Name) {
				without = append(without, field.Name)
			}
		}
	}
	table = Requiring(Without(table, without...), v.required...)
	for i, field := range table {
		if slices.Contains(v.withoutDisplay, field.Name) {
			table[i].Parts = slices.DeleteFunc(slices.Clone(field.Parts), func(part schema.Field) bool { return part.Name == "display" })
		}
	}
	return table
}

// apply returns the adapter for the vendor.
func (v vendor) apply(adapter provider.Adapter) provider.Adapter {
	if v.name == "" {
		return adapter
	}
	adapter.Vendor, adapter.Docs = v.title, v.docs
	adapter.Endpoints = slices.DeleteFunc(slices.Clone(adapter.Endpoints), func(e provider.Endpoint) bool {
		return e.Capability == provider.CapabilityDelete && v.keepsDeleted || e.Capability == provider.CapabilityMembers && v.hidesMembers
	})
	if v.hidesMembers {
		for i, e := range adapter.Endpoints {
			if e.Capability == provider.CapabilityAddMember || e.Capability == provider.CapabilityRemoveMember {
				adapter.Endpoints[i].Request = changeMemberRequest + ", or GET /Groups?filter= to look the member up"
			}
		}
	}
	standard := adapter.New
	adapter.New = func(connection provider.Connection) (provider.Client, error) {
		made, err := standard(connection)
		if err != nil {
			return nil, err
		}
		c := made.(*client)
		c.hidesMembers = v.hidesMembers
		c.adds.Store(v.hidesMembers) // the vendor documents both, and that no response shows the members
		c.removes.Store(v.hidesMembers)
		if v.keepsDeleted {
			return keeping{c}, nil
		}
		return c, nil
	}
	return adapter
}

// keeping is the client of a server that deletes no user.
type keeping struct{ withoutDelete }

// withoutDelete is all that a client does except to delete.
type withoutDelete interface {
	provider.Client
	provider.Finder
	provider.ExternalFinder
	provider.Lister
	provider.Checker
	provider.SelfReader
	provider.Getter
	provider.Updater
	provider.Deactivator
	provider.Activator
	provider.Batcher
	provider.Directory
	provider.MembershipManager
	provider.SchemaSource
	provider.Uniquer
	provider.PasswordDecliner
	provider.PasswordChanger
}
