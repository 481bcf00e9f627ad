package ory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// batchSize is the documented limit for identities with plain passwords, which must be hashed before the response
// comes. Others might be 1,000 in a request.
const batchSize = 200

const batchOp = "create the users"

// BatchSize is the documented limit; 0 for a server that has turned out to have no batches.
func (c *client) BatchSize(context.Context) (int, error) {
	if c.noBatch.Load() {
		return 0, nil
	}
	return batchSize, nil
}

// patch is one identity of a batch.
type patch struct {
	Create json.RawMessage `json:"create"`
	ID     string          `json:"patch_id"`
}

// outcome is the response about one identity of a batch.
type outcome struct {
	Action   string  `json:"action"`
	Identity string  `json:"identity"`
	ID       string  `json:"patch_id"`
	Error    refusal `json:"error"`
}

// CreateBatch follows batchPatchIdentities. Each identity has its own id in the request, by which the response refers
// to it. If none could be created the whole request is refused. A server that does not accept the request, or none so
// large, receives the identities one by one.
func (c *client) CreateBatch(ctx context.Context, records []schema.Record) []provider.BatchResult {
	results := make([]provider.BatchResult, len(records))
	var patches []patch
	for i, record := range records {
		body, err := c.encode(batchOp, record)
		if err != nil {
			results[i].Err = err
			continue
		}
		patches = append(patches, patch{Create: body, ID: patchID(i)})
	}
	if len(patches) == 0 {
		return results
	}
	answer, outcomes, err := c.sendBatch(ctx, patches)
	unprocessed := c.refusesBatch(err)
	for i, record := range records {
		sent := slices.IndexFunc(patches, func(p patch) bool { return p.ID == patchID(i) })
		switch {
		case sent < 0:
		case unprocessed:
			results[i].User, results[i].Err = c.Create(ctx, record)
		case err != nil:
			results[i].Err = err
		default:
			results[i].User, results[i].Err = c.confirm(answer, outcomes[patchID(i)], patches[sent].Create)
		}
	}
	return results
}

// refusesBatch reports whether a failure means that the request as a whole was not
// processed, whoever wrote the response.
func (c *client) refusesBatch(err error) bool {
	failure, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return false
	}
	switch failure.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		c.noBatch.Store(true)
		return true
	default:
		return failure.Status == http.StatusRequestEntityTooLarge
	}
}

// sendBatch sends the request and returns the outcomes by the ids of the patches.
func (c *client) sendBatch(ctx context.Context, patches []patch) (*provider.Response, map[string][]outcome, error) {
	body, err := json.Marshal(map[string][]patch{"identities": patches})
	if err != nil {
		return nil, nil, &provider.Error{Class: provider.Invalid, Op: batchOp, Err: err}
	}
	request := provider.Request{Op: batchOp, Method: http.MethodPatch, Path: identities, Body: body}
	for _, place := range provider.SecretPlaces(c.table) {
		request.Secrets = append(request.Secrets, append([]string{"identities", "create"}, place...))
	}
	answer, err := c.transport.Do(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	var list struct {
		Identities []outcome `json:"identities"`
	}
	if err := json.Unmarshal(answer.Body, &list); err != nil {
		failure := provider.BadResponse(batchOp, answer.Status, err)
		failure.Answered = true
		return nil, nil, failure
	}
	byID := map[string][]outcome{}
	for _, outcome := range list.Identities {
		byID[outcome.ID] = append(byID[outcome.ID], outcome)
	}
	return answer, byID, nil
}

// confirm returns the result of one identity. The response contains only its id, so the attributes are those that were
// sent.
func (c *client) confirm(answer *provider.Response, outcomes []outcome, sent []byte) (provider.User, error) {
	if len(outcomes) != 1 {
		return provider.User{}, provider.BadResponse(batchOp, answer.Status, fmt.Errorf("%d results for this user", len(outcomes)))
	}
	switch outcome := outcomes[0]; {
	case outcome.Action == "error":
		return provider.User{}, refused(outcome.Error, answer)
	case outcome.Action != "create":
		return provider.User{}, provider.BadResponse(batchOp, answer.Status, errors.New("no result for this user"))
	default:
		return c.made(outcome.Identity, sent), nil
	}
}

// made returns a user that a batch created. The response has no key: which form Ory has given it is not known.
func (c *client) made(id string, sent []byte) provider.User {
	members, err := provider.Properties(sent)
	if err != nil {
		return provider.User{ID: id}
	}
	members["id"] = id
	object, err := json.Marshal(members)
	if err != nil {
		return provider.User{ID: id}
	}
	user, _ := c.readPart(object) // what cannot be read of usher's own JSON is not needed
	return provider.User{ID: id, Attributes: user.Attributes}
}

// refused returns the error of one refused identity. The action proves that nothing was created, whatever the reason.
func refused(refusal refusal, answer *provider.Response) *provider.Error {
	failure := &provider.Error{Class: provider.Invalid, Op: "create the user", Detail: answer.Sentence(refusal.sentence())}
	if status := cmp.Or(refusal.Code, refusal.StatusCode); status/100 == 4 {
		failure.Status, failure.Class = status, provider.ClassOfStatus(status, false)
	}
	return failure
}

// patchID returns the id of the n-th identity of a request in the form of a UUID.
func patchID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }
