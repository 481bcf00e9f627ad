package sandbox

import "net/http"

const (
	scimDefaultPage = 50
	scimMaxResults  = 200
	scimBulkMost    = 50
)

// scimDocument returns the operation for a document that describes the server.
func scimDocument(document func() any) func(*request) (answer, error) {
	return func(*request) (answer, error) { return scimReply(http.StatusOK, document()), nil }
}

// config is the ServiceProviderConfig (RFC 7643, 5).
func (a scimAPI) config() any {
	return map[string]any{
		"schemas":        []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":          map[string]any{"supported": true},
		"bulk":           map[string]any{"supported": true, "maxOperations": scimBulkMost, "maxPayloadSize": maxBody},
		"filter":         map[string]any{"supported": true, "maxResults": a.pageOf(scimMaxResults)},
		"changePassword": map[string]any{"supported": true},
		"sort":           map[string]any{"supported": false},
		"etag":           map[string]any{"supported": false},
		"authenticationSchemes": []map[string]any{{
			"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "Any bearer token", "specUri": "http://www.rfc-editor.org/info/rfc6750",
		}},
	}
}

// schemas is the list of schemas (RFC 7643, 7).
func (a scimAPI) schemas() any {
	core := scimDescribed()
	if a.allowDuplicates {
		core[0].Uniqueness = "none" // of userName
	}
	schema := func(urn, name string, attributes []scimAttribute) map[string]any {
		return map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": urn, "name": name, "description": name, "attributes": attributes,
		}
	}
	return scimList([]map[string]any{
		schema(scimUserURN, "User", core), schema(scimEnterpriseURN, "EnterpriseUser", scimEnterprise()),
		schema(scimGroupURN, "Group", scimGroup()),
	}, 3, 1)
}

// scimResourceTypes is the list of resource types (RFC 7643, 6).
func scimResourceTypes() any {
	const urn = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	return scimList([]map[string]any{
		{
			"schemas": []string{urn}, "id": "User", "name": "User", "endpoint": "/Users",
			"schema": scimUserURN, "schemaExtensions": []map[string]any{{"schema": scimEnterpriseURN, "required": false}},
		},
		{"schemas": []string{urn}, "id": "Group", "name": "Group", "endpoint": "/Groups", "schema": scimGroupURN},
	}, 2, 1)
}
