package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	scimBulkURN       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	scimBulkAnswerURN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// scimOperation is one operation of a bulk request (RFC 7644, 3.7).
type scimOperation struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	BulkID string          `json:"bulkId"`
	Data   json.RawMessage `json:"data"`
}

// scimOutcome is the result of one operation.
type scimOutcome struct {
	Location string `json:"location,omitempty"`
	Method   string `json:"method"`
	BulkID   string `json:"bulkId,omitempty"`
	Status   string `json:"status"`
	Response any    `json:"response,omitempty"`
}

func (a scimAPI) bulk(r *request) (answer, error) {
	if _, err := scimBody(r); err != nil {
		return answer{}, err
	}
	var wanted struct {
		Schemas      []string        `json:"schemas"`
		FailOnErrors int             `json:"failOnErrors"`
		Operations   []scimOperation `json:"Operations"`
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wanted); err != nil || len(wanted.Schemas) != 1 || wanted.Schemas[0] != scimBulkURN {
		return answer{}, scimBad(scimInvalidSyntax, "the body must have the schema %s", scimBulkURN)
	}
	if len(wanted.Operations) > scimBulkMost {
		return answer{}, refuse(http.StatusRequestEntityTooLarge, "the bulk request has more than %d operations", scimBulkMost)
	}
	seen := map[string]bool{}
	outcomes, failures := []scimOutcome{}, 0
	for _, operation := range wanted.Operations {
		if wanted.FailOnErrors > 0 && failures >= wanted.FailOnErrors {
			break
		}
		outcome, ok := a.perform(r, operation, seen)
		if !ok {
			failures++
		}
		outcomes = append(outcomes, outcome)
	}
	return scimReply(http.StatusOK, map[string]any{"schemas": []string{scimBulkAnswerURN}, "Operations": outcomes}), nil
}

// perform runs one operation as if it had come alone.
func (a scimAPI) perform(r *request, operation scimOperation, seen map[string]bool) (outcome scimOutcome, ok bool) {
	done, err := a.dispatch(r, operation, seen)
	outcome = scimOutcome{Method: operation.Method, BulkID: operation.BulkID}
	if err != nil {
		var p *problem
		if !errors.As(err, &p) {
			p = refuse(http.StatusInternalServerError, "the sandbox failed: %v", err)
		}
		outcome.Status, outcome.Response = strconv.Itoa(p.status), scimErrorOf(p)
		return outcome, false
	}
	outcome.Status, outcome.Location = strconv.Itoa(done.status), done.header.Get("Location")
	if outcome.Location == "" {
		outcome.Location = BaseURL("http://"+r.Host, a.provider) + operation.Path
	}
	return outcome, true
}

func (a scimAPI) dispatch(r *request, operation scimOperation, seen map[string]bool) (answer, error) {
	inner := r.Clone(r.Context())
	inner.Method, inner.Body = operation.Method, io.NopCloser(bytes.NewReader(operation.Data))
	single := &request{Request: inner, body: operation.Data}
	id, one := strings.CutPrefix(operation.Path, "/Users/")
	if unescaped, err := url.PathUnescape(id); err == nil {
		inner.SetPathValue("id", unescaped)
	}
	switch {
	case operation.Path == "/Users" && operation.Method == http.MethodPost:
		if operation.BulkID == "" || seen[operation.BulkID] {
			return answer{}, scimBad(scimInvalidValue, "bulkId: must be unique and not empty for a create")
		}
		seen[operation.BulkID] = true
		return a.createUser(single)
	case one && operation.Method == http.MethodPut:
		return a.replaceUser(single)
	case one && operation.Method == http.MethodPatch:
		return a.patchUser(single)
	case one && operation.Method == http.MethodDelete:
		return a.deleteUser(single)
	}
	return answer{}, scimBad(scimInvalidPath, "path: must be /Users for a create or /Users/{id} for a change")
}
