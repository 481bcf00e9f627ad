package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	bulkURN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	// mostOperations is the maximum number of users in one request, whatever a server allows: one lost response leaves
	// that many in doubt.
	mostOperations = 100
	sendBatch      = "create users in one request"
)

// BatchSize follows the ServiceProviderConfig, and what the server has refused.
func (c *client) BatchSize(ctx context.Context) (int, error) {
	can, err := c.server.capabilities(ctx, "look up the size of a bulk request")
	if err != nil {
		return 0, err
	}
	return c.most(can), nil
}

// most returns the maximum number of operations in one request.
func (c *client) most(can Capabilities) int {
	if c.noBulk.Load() {
		return 0
	}
	most := min(can.BulkOperations, mostOperations)
	if learned := int(c.bulkLimit.Load()); learned > 0 {
		most = min(most, learned)
	}
	return most
}

// CreateBatch follows RFC 7644, 3.7. Users who do not fit into the request go into the next one, and one by one if
// there is no bulk operation after all.
func (c *client) CreateBatch(ctx context.Context, records []schema.Record) []provider.BatchResult {
	results := make([]provider.BatchResult, len(records))
	can, ok := c.server.remembered()
	if !ok { // the caller did not check
		can.BulkOperations = len(records)
	}
	batch := c.operations(records, results)
	for len(batch) > 0 {
		part := firstPart(batch, c.most(can), can.BulkBytes)
		if len(part) < 2 {
			results[batch[0].at].User, results[batch[0].at].Err = c.Create(ctx, batch[0].record)
			batch = batch[1:]
			continue
		}
		if refused := c.sendPart(ctx, part, results); !refused {
			batch = batch[len(part):]
		}
	}
	return results
}

// bulkRequest is the body of a bulk request.
type bulkRequest struct {
	Schemas    []string        `json:"schemas"`
	Operations []bulkOperation `json:"Operations"`
}

type bulkOperation struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	BulkID string          `json:"bulkId"`
	Data   json.RawMessage `json:"data"`

	at     int // the record's index
	record schema.Record
}

// operations encodes every record; one that cannot be encoded has failed.
func (c *client) operations(records []schema.Record, results []provider.BatchResult) []bulkOperation {
	var batch []bulkOperation
	for i, record := range records {
		body, err := c.encode(sendBatch, record)
		if err != nil {
			results[i].Err = err
			continue
		}
		batch = append(batch, bulkOperation{
			Method: http.MethodPost, Path: "/Users", BulkID: strconv.Itoa(i + 1), Data: body, at: i, record: record,
		})
	}
	return batch
}

// firstPart returns the operations that fit into one request.
func firstPart(batch []bulkOperation, most, bytes int) []bulkOperation {
	const around = 200 // bytes of a request and of an operation around the user
	size := around
	for i, operation := range batch {
		size += len(operation.Data) + around
		if i == most || bytes > 0 && size > bytes {
			return batch[:i]
		}
	}
	return batch
}

// sendPart sends one bulk request and records the results of its users. It reports whether the request was refused as a
// whole, in a way that does not have to apply to another one.
func (c *client) sendPart(ctx context.Context, part []bulkOperation, results []provider.BatchResult) (refused bool) {
	body, err := marshal(bulkRequest{Schemas: []string{bulkURN}, Operations: part})
	if err == nil {
		var secrets [][]string
		for _, place := range provider.SecretPlaces(c.table) {
			secrets = append(secrets, append([]string{"Operations", "data"}, place...))
		}
		var answer *provider.Response
		answer, err = c.do(ctx, provider.Request{Op: sendBatch, Method: http.MethodPost, Path: "/Bulk", Body: body, Secrets: secrets})
		if err == nil {
			c.note(answer, part, results)
			return false
		}
	}
	switch statusOf(err) {
	case http.StatusRequestEntityTooLarge:
		c.bulkLimit.Store(int64((len(part) + 1) / 2))
		return true
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		c.noBulk.Store(true)
		return true
	}
	for _, operation := range part {
		results[operation.at].Err = err
	}
	return false
}

// outcome is a server's result of one operation.
type outcome struct {
	BulkID   string          `json:"bulkId"`
	Location string          `json:"location"`
	Status   looseStatus     `json:"status"`
	Response json.RawMessage `json:"response"`

	twice bool
}

// note reads the response to a bulk request. Operations are identified by their bulkId alone.
func (c *client) note(answer *provider.Response, part []bulkOperation, results []provider.BatchResult) {
	var list struct{ Operations []outcome }
	err := json.Unmarshal(answer.Body, &list)
	outcomes := map[string]outcome{}
	for _, one := range list.Operations {
		id := one.BulkID
		if _, twice := outcomes[id]; twice {
			one = outcome{twice: true} // which of them is right is unknown
		}
		outcomes[id] = one
	}
	for _, operation := range part {
		result := &results[operation.at]
		one, ok := outcomes[operation.BulkID]
		switch {
		case err != nil:
			failure := provider.BadResponse(sendBatch, answer.Status, err)
			failure.Answered = true
			result.Err = failure
		case !ok:
			result.Err = provider.BadResponse(sendBatch, answer.Status, errors.New("no result for this user"))
		default:
			result.User, result.Err = c.result(answer, operation, one)
		}
	}
}

// result returns the result of one user. One that the response lists without a good or bad status is in doubt, as one
// that it does not list is.
func (c *client) result(answer *provider.Response, operation bulkOperation, one outcome) (provider.User, error) {
	const op = "create the user"
	status := int(one.Status)
	switch {
	case one.twice:
		return provider.User{}, provider.BadResponse(op, answer.Status, errors.New("2 results for this user"))
	case status/100 == 2:
		return c.made(operation, one)
	case status < http.StatusBadRequest:
		return provider.User{}, provider.BadResponse(op, answer.Status, fmt.Errorf("status %d for this user", status))
	default:
		return provider.User{}, &provider.Error{
			Class: provider.ClassOfStatus(status, false), Op: op, Status: status, Detail: answer.Sentence(reason(one.Response)),
		}
	}
}

// made reads the created user, as the response to a separate create would be read. If the server describes no user, the
// attributes are the id and the name.
func (c *client) made(operation bulkOperation, one outcome) (provider.User, error) {
	alone := &provider.Response{
		Status: int(one.Status), Address: "/Users", // on whatever host the server takes itself to be
		Header: http.Header{"Content-Type": {media}, "Location": {one.Location}},
	}
	if string(one.Response) != "null" {
		alone.Body = one.Response
	}
	user, err := provider.ReadCreated("create the user", alone, provider.CreateShape{Status: alone.Status, Location: provider.IDInLocation, Read: c.read})
	if err != nil || user.ID == "" || len(user.Attributes) > 0 {
		return user, err
	}
	user.Attributes, err = marshal(map[string]string{"id": user.ID, "userName": operation.record.Text("userName")})
	return user, err
}
