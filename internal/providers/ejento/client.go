package ejento

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

type client struct {
	transport provider.Transport
	table     schema.Table
	path      string // with a verb for the organization's id
}

// envelope is the documented wrapping of every response.
type envelope struct {
	Success *bool           `json:"success"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// Create follows Create User In Organization: the user is the envelope's data,
// its id an integer. An envelope that denies success is a refusal, whatever
// the status.
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := provider.Encode(op, c.table, record)
	if err != nil {
		return provider.User{}, err
	}
	organization, ok := record["org_id"].(int64)
	if !ok {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: errors.New("org_id is required")}
	}
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodPost, Path: fmt.Sprintf(c.path, organization),
		Body: body, Secrets: provider.SecretPlaces(c.table),
	})
	if err != nil {
		return provider.User{}, err
	}
	if denied := deniedIn(op, answer); denied != nil {
		return provider.User{}, denied
	}
	return provider.ReadCreated(op, answer, provider.CreateShape{Status: http.StatusCreated, Read: c.read, Location: provider.IDInLocation})
}

// deniedIn returns the error of a response with a good status whose envelope denies success.
func deniedIn(op string, answer *provider.Response) error {
	var wrapped envelope
	if json.Unmarshal(answer.Body, &wrapped) != nil || wrapped.Success == nil || *wrapped.Success {
		return nil
	}
	return &provider.Error{
		Class: provider.Invalid, Op: op, Status: answer.Status, Detail: answer.Reason(),
		Err: errors.New("the response denies success"),
	}
}

// read reads the user in the envelope of a response.
func (c *client) read(body []byte) (provider.User, error) {
	var wrapped envelope
	if err := json.Unmarshal(body, &wrapped); err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadPart(wrapped.Data, c.table, "id", "email")
	if wrapped.Success == nil {
		err = errors.New(`"success" is missing`)
	}
	return user, err
}
