// Package ory is the adapter for the identities of Ory Network and Ory Kratos.
//
// The properties of an identity are the tenant's own choice: its traits follow an identity schema, a JSON Schema with
// Ory's extension. A profile has the id of that schema and a file that contains it, and its properties become the
// profile's fields.
package ory

import (
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	docs      = "https://www.ory.com/docs/kratos/reference/api#tag/identity/operation/"
	getSchema = "https://www.ory.com/docs/kratos/reference/api#tag/identity/operation/getIdentitySchema"
	// lowerCase documents that Kratos compares identifiers in lower case.
	lowerCase = "https://github.com/ory/kratos/issues/78"

	// uniqueIndex creates identity_credential_identifiers_identifier_nid_type_uq_idx.
	uniqueIndex = "https://github.com/ory/kratos/blob/5901f1c9f5ffe9d30aa48c6a1bb35426d4619417/persistence/sql/migrations/sql/20210817181232000006_unique_credentials.mysql.up.sql"

	settingSchemaID = "schema-id"
	defaultSchemaID = "default"
)

// Adapter returns the adapter for Ory as its documentation describes it, with the traits of Ory's own preset.
func Adapter() provider.Adapter { return adapter(preset()) }

// tailor returns the adapter with the traits of a profile's own identity schema.
func tailor(setting func(name string) string) (provider.Adapter, error) {
	traits, ids := preset(), idsOf(setting(settingSchemaID))
	if file := setting(provider.SchemaFile); file != "" {
		var err error
		if traits, err = readSchemaFile(file, ids); err != nil {
			return provider.Adapter{}, err
		}
	}
	traits.schemaIDs = ids
	return adapter(traits), nil
}

// idsOf reads a list of ids of identity schemas.
func idsOf(list string) []string {
	var ids []string
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return []string{defaultSchemaID}
	}
	return ids
}

// adapter returns the adapter for identities with these traits.
func adapter(traits traits) provider.Adapter {
	table := table(traits)
	adapter := provider.Adapter{
		Name:   "ory",
		Vendor: "Ory Network and Ory Kratos",
		Docs:   docs + "createIdentity",
		Settings: []provider.Setting{
			{Name: "token", Help: "API key of the Ory Network project (ory_pat_...); not required for self-hosted Kratos", Secret: true},
			{Name: settingSchemaID, Help: "id of the identity schema; several separated by commas", Default: defaultSchemaID},
			{Name: provider.SchemaFile, Help: "file with the identity schema (default traits: email, name.first, name.last)"},
		},
		Auth: provider.Auth{
			Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token", Optional: true}},
		},
		Table: table,
		Key:   traits.key,
		// The identifier of a credential is unique by an index of the database. Kratos v26.2.0 returned 409 for it
		// (observed on 29 November 2026).
		Unique: provider.UniqueEnforced, UniqueSource: uniqueIndex, UniqueFields: []string{traits.key, externalIDField},
		Lifecycle: provider.Lifecycle{
			Created: []string{"created_at"}, Modified: []string{"updated_at"}, State: []string{"state"}, Inactive: "inactive",
		},
		ForTenant: tailor,
		Endpoints: []provider.Endpoint{
			{Capability: provider.CapabilityCreate, Request: "POST /admin/identities", Docs: docs + "createIdentity"},
			{Capability: provider.CapabilityFind, Request: "GET /admin/identities?credentials_identifier=, or GET /admin/identities/by/external/{external_id}", Docs: docs + "listIdentities"},
			{Capability: provider.CapabilityList, Request: "GET /admin/identities?page_size=, or GET /admin/identities?page_size=&page_token=", Docs: docs + "listIdentities"},
			{Capability: provider.CapabilityGet, Request: "GET /admin/identities/{id}", Docs: docs + "getIdentity"},
			{Capability: provider.CapabilityUpdate, Request: "PATCH /admin/identities/{id}, or PUT /admin/identities/{id} for a password", Docs: docs + "patchIdentity"},
			{Capability: provider.CapabilityDeactivate, Request: "PATCH /admin/identities/{id}", Docs: docs + "patchIdentity"},
			{Capability: provider.CapabilityActivate, Request: "PATCH /admin/identities/{id}", Docs: docs + "patchIdentity"},
			{Capability: provider.CapabilityDelete, Request: "DELETE /admin/identities/{id}", Docs: docs + "deleteIdentity"},
			{Capability: provider.CapabilityBatch, Request: "PATCH /admin/identities", Docs: docs + "batchPatchIdentities"},
			{Capability: provider.CapabilitySessions, Request: "GET /admin/identities/{id}/sessions?active=", Docs: docs + "listIdentitySessions"},
			{Capability: provider.CapabilityRevoke, Request: "DELETE /admin/identities/{id}/sessions", Docs: docs + "deleteIdentitySessions"},
			{Capability: provider.CapabilityRecovery, Request: "POST /admin/recovery/code", Docs: docs + "createRecoveryCodeForIdentity"},
			{Capability: provider.CapabilityResetMFA, Request: "DELETE /admin/identities/{id}/credentials/{type}", Docs: docs + "deleteIdentityCredentials"},
			{Capability: provider.CapabilitySchema, Request: "GET /schemas/{id}", Docs: getSchema},
			{Capability: provider.CapabilityCheck, Request: "GET /admin/identities?page_size=1", Docs: docs + "listIdentities"},
		},
		Reason: reason,
		New: func(connection provider.Connection) (provider.Client, error) {
			return &client{transport: connection.Transport, table: table, key: traits.key, schemaIDs: traits.schemaIDs}, nil
		},
	}
	if key, _ := table.Field(traits.key); key.Format == schema.Email {
		adapter.KeyCase, adapter.KeyCaseDocs = provider.KeyCaseIgnored, lowerCase
	}
	return adapter
}
