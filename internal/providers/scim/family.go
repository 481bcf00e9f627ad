// Package scim is the adapter for SCIM 2.0 (RFC 7643, RFC 7644) and the base of adapters for vendors with variants of
// it: see [Family].
//
// Servers differ from the standard and from each other. This package accepts what several real ones do; if they leave
// open whether something happened, the response is of class Unknown.
package scim

import (
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	rfc7643 = "https://www.rfc-editor.org/rfc/rfc7643"
	rfc7644 = "https://www.rfc-editor.org/rfc/rfc7644"
)

// Family is a provider that implements SCIM 2.0. The zero value of each field but the first three is what the standard
// has.
type Family struct {
	// Name, Vendor and Docs are those of [provider.Adapter].
	Name, Vendor, Docs string
	// BaseURL is the documented base URL; empty if each tenant has its own.
	BaseURL string
	// TokenHelp describes the bearer token: a phrase without a full stop.
	TokenHelp string
	// Capabilities are the documented capabilities of the vendor's server; nil means that its ServiceProviderConfig has
	// them.
	Capabilities *Capabilities
	// Fields returns the vendor's fields, derived from the standard's.
	Fields func(standard schema.Table) schema.Table
}

// Adapter returns the adapter for SCIM 2.0 as its two documents describe it.
func Adapter() provider.Adapter {
	return Family{Name: "scim", Vendor: "SCIM 2.0", Docs: rfc7644 + "#section-3.3"}.Adapter()
}

// Adapter returns the adapter.
func (f Family) Adapter() provider.Adapter {
	help := "bearer token that the service issues for provisioning"
	if f.TokenHelp != "" {
		help = f.TokenHelp
	}
	adapter := provider.Adapter{
		Name:    f.Name,
		Vendor:  f.Vendor,
		Docs:    f.Docs,
		BaseURL: f.BaseURL,
		Settings: []provider.Setting{
			{Name: "token", Help: help, Secret: true},
			{Name: settingExtensions, Help: "comma-separated URNs of the schema extensions in use", Default: enterpriseURN},
			{Name: provider.SchemaFile, Help: "file with the tenant's /Schemas response (see usher profiles schema)"},
			{Name: settingVendor, Help: "service whose documented differences from SCIM apply", Default: standardVendor, Values: vendorNames()},
		},
		Auth: provider.Auth{
			Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}},
		},
		Key:         "userName",
		KeyCase:     provider.KeyCaseIgnored,
		KeyCaseDocs: rfc7643 + "#section-8.7.1",
		// A server's own schemas may declare that it enforces it: see [client.Unique].
		Unique: provider.UniqueDocumented, UniqueSource: rfc7643 + "#section-4.1.1", UniqueFields: []string{"userName"},
		Lifecycle: provider.Lifecycle{ // RFC 7643, 3.1 and 4.1.1
			Created: []string{"meta", "created"}, Modified: []string{"meta", "lastModified"}, State: []string{"active"}, Inactive: false,
		},
		Endpoints: operations(),
		Filters:   []provider.Filter{{Name: filterParameter, Help: `expression of RFC 7644, 3.4.2.2, for example name.familyName sw "A"`, Example: `name.familyName sw "A"`}},
		Reason:    reason,
	}
	adapter.ForTenant = func(setting func(name string) string) (provider.Adapter, error) {
		service, err := vendorOf(setting(settingVendor))
		if err != nil {
			return provider.Adapter{}, err
		}
		table, names, err := tailor(f.table(), setting(settingExtensions), setting(provider.SchemaFile))
		tailored := service.apply(f.with(adapter, service.narrow(table), names.unique))
		tailored.KeyCase = names.keyCase
		return tailored, err
	}
	return f.with(adapter, f.table(), nil)
}

// table returns the fields that the vendor documents.
func (f Family) table() schema.Table {
	if f.Fields == nil {
		return standardTable()
	}
	return f.Fields(standardTable())
}

// with sets the adapter's fields, and the uniqueness of the username by the tenant's schema file, nil without one.
func (f Family) with(adapter provider.Adapter, table schema.Table, unique *provider.Uniqueness) provider.Adapter {
	adapter.Table = table
	adapter.New = func(connection provider.Connection) (provider.Client, error) {
		c := newClient(connection.Transport, table, f.Capabilities)
		c.unique = unique
		return c, nil
	}
	return adapter
}

// Without returns a table without some of its fields, for [Family].
func Without(table schema.Table, names ...string) schema.Table {
	return slices.DeleteFunc(slices.Clone(table), func(field schema.Field) bool { return slices.Contains(names, field.Name) })
}

// Requiring returns a table in which further fields are required, for [Family].
func Requiring(table schema.Table, names ...string) schema.Table {
	table = slices.Clone(table)
	for i := range table {
		table[i].Required = table[i].Required || slices.Contains(names, table[i].Name)
	}
	return table
}

const updateRequest = "PATCH /Users/{id}, or PUT /Users/{id} if the server has no PATCH, or GET /ServiceProviderConfig to find out"

const changeMemberRequest = "PATCH /Groups/{id}, or GET /Groups/{id} to verify it"

// operations lists what RFC 7644 documents.
func operations() []provider.Endpoint {
	return []provider.Endpoint{
		{Capability: provider.CapabilityCreate, Request: "POST /Users", Docs: rfc7644 + "#section-3.3"},
		{Capability: provider.CapabilityFind, Request: "GET /Users?filter=", Docs: rfc7644 + "#section-3.4.2.2"},
		{Capability: provider.CapabilityList, Request: "GET /Users?startIndex=&count=, or GET /Users?filter=&startIndex=&count=", Docs: rfc7644 + "#section-3.4.2"},
		{Capability: provider.CapabilityGet, Request: "GET /Users/{id}", Docs: rfc7644 + "#section-3.4.1"},
		{Capability: provider.CapabilityUpdate, Request: updateRequest, Docs: rfc7644 + "#section-3.5.2"},
		{Capability: provider.CapabilityDeactivate, Request: updateRequest, Docs: rfc7643 + "#section-4.1.1"},
		{Capability: provider.CapabilityActivate, Request: updateRequest, Docs: rfc7643 + "#section-4.1.1"},
		{Capability: provider.CapabilityDelete, Request: "DELETE /Users/{id}", Docs: rfc7644 + "#section-3.6"},
		{Capability: provider.CapabilityBatch, Request: "POST /Bulk", Docs: rfc7644 + "#section-3.7"},
		{Capability: provider.CapabilityGroups, Request: "GET /Groups?excludedAttributes=members&startIndex=&count=", Docs: rfc7644 + "#section-3.4.2"},
		{Capability: provider.CapabilityMembers, Request: "GET /Groups/{id}", Docs: rfc7643 + "#section-4.2"},
		{Capability: provider.CapabilityAddMember, Request: changeMemberRequest, Docs: rfc7644 + "#section-3.5.2.1"},
		{Capability: provider.CapabilityRemoveMember, Request: changeMemberRequest, Docs: rfc7644 + "#section-3.5.2.2"},
		{Capability: provider.CapabilitySchema, Request: "GET /Schemas", Docs: rfc7644 + "#section-4"},
		{Capability: provider.CapabilityCheck, Request: "GET /Users?count=1", Docs: rfc7644 + "#section-3.4.2.4"},
		{Capability: provider.CapabilitySelf, Request: "GET /Me", Docs: rfc7644 + "#section-3.11"},
	}
}
