package provider

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/bring-aboard/usher/pkg/schema"
)

// User is a user as the provider describes it.
type User struct {
	// ID is the provider's id as a string, whatever its type; never empty.
	ID string
	// Key is the value of the natural key as the provider holds it.
	Key string
	// Attributes is the provider's own JSON object for the user, without secret fields.
	Attributes json.RawMessage
}

// Client speaks to one tenant of one provider. It is safe for concurrent use.
// Every error is an [*Error].
type Client interface {
	// Create makes one user from a valid record. It sends one request, once.
	// An error of class Unknown leaves open whether the user was made; every
	// other class promises that it was not.
	Create(ctx context.Context, record schema.Record) (User, error)
}

// Finder looks a user up by the natural key.
type Finder interface {
	// Find gives the user whose key equals this one (compared as [schema.FoldKey]
	// where the provider documents no rule), or an error of class NotFound.
	Find(ctx context.Context, key string) (User, error)
}

// Lister lists all users.
type Lister interface {
	// List yields every user that the provider returns, page by page, and ends
	// after the first error. The filter holds documented query parameters.
	List(ctx context.Context, filter map[string]string) iter.Seq2[User, error]
	// ListRequests tells how many requests an unfiltered List takes. It may send
	// one to find out.
	ListRequests(ctx context.Context) (int, error)
}

// Checker asks the provider whether the credentials are good.
type Checker interface {
	// Check sends the cheapest documented read.
	Check(ctx context.Context) error
}
