package provider

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/bring-aboard/usher/pkg/schema"
)

// User is a user as the provider describes it.
type User struct {
	// ID is the provider's id as a string, whatever its type. It is empty only in
	// what Create returns, if the response has no id.
	ID string
	// Key is the value of the natural key in the provider's own form. It is empty
	// only in what Create returns, if the response has no key.
	Key string
	// Attributes is the provider's own JSON object for the user, without secret fields.
	Attributes json.RawMessage
}

// Client is a connection to one tenant of one provider. It is safe for concurrent use. Every error is an [*Error].
type Client interface {
	// Create creates one user from a valid record. It sends one request, once. A nil error means that the response
	// affirmed the create, even if it has no readable body: id and key may then be empty. An error of class Unknown
	// leaves open whether the user was created ([IsAnswered] reports that the provider did respond); every other class
	// promises that this request did not create it.
	Create(ctx context.Context, record schema.Record) (User, error)
}

// Finder looks up a user by the natural key.
type Finder interface {
	// Find returns the user with this key, as [Search] chooses among the users of the response, or an error. Class
	// NotFound with AbsenceDocumented means that the provider documents this response for a key that no user has;
	// [UsersIn] has the users that were found and are not certainly the user.
	Find(ctx context.Context, key string) (User, error)
}

// Lister lists all users.
type Lister interface {
	// List yields every user that the provider returns, page by page, and ends after the first error. What two pages in
	// a row have in common, because the list moved between them, is yielded once; otherwise nothing is remembered, so
	// that a list of any length takes the same memory. A list that repeats an earlier page or does not end is an error
	// of class Unknown. A list that ends without an error is complete and did not move while it was read; one that may
	// not be ends with [Incomplete] after its last user. The filter contains documented query parameters; any other
	// name is an error of class Invalid.
	List(ctx context.Context, filter map[string]string) iter.Seq2[User, error]
	// ListRequests returns how many requests an unfiltered List takes, [UnknownRequests] if that cannot be known. It may
	// send one to find out. In a context of [AtMost] a list of unknown length may end with [ErrTooLong].
	ListRequests(ctx context.Context) (int, error)
}

// Checker checks whether the provider accepts the credentials.
type Checker interface {
	// Check sends the cheapest documented read.
	Check(ctx context.Context) error
}

// Getter reads one user by the provider's id.
type Getter interface {
	// Get returns the user with this id, or an error of class NotFound with the
	// [Absence] that its response proves.
	Get(ctx context.Context, id string) (User, error)
}

// SelfReader reads the user whose credentials are used. Only a provider that documents [CapabilitySelf] is asked.
type SelfReader interface {
	// Self returns the user, or an error if the provider does not tell: credentials do not have to belong to a user.
	Self(ctx context.Context) (User, error)
}

// ExternalFinder looks a user up by the identifier that the administrator has assigned. Its request is documented with
// that of [CapabilityFind].
type ExternalFinder interface {
	// FindExternal returns the only user with exactly this identifier, or an error: of class NotFound if there is none,
	// of class Conflict if there are several.
	FindExternal(ctx context.Context, externalID string) (User, error)
}

// Updater changes users.
type Updater interface {
	// Update sets the fields of the record, all of them of [schema.Table.Mutable], for the user with this id, and does
	// not change any other field. It returns the user as it is afterwards. It sends one request that changes something,
	// once; an error of class Unknown leaves open whether the change was made, and it is safe to repeat it. A record
	// with any other field is an error of class Invalid. If the change renames the user, the returned user has the new
	// key, and the new id if that follows from it: callers that store the old ones must store these.
	Update(ctx context.Context, id string, changes schema.Record) (User, error)
}

// Deactivator removes a user's access and keeps the account.
type Deactivator interface {
	// Deactivate returns the user as it is afterwards, or an error of class NotFound.
	Deactivate(ctx context.Context, id string) (User, error)
}

// Activator gives a user who was deactivated their access back.
type Activator interface {
	// Activate returns the user as they are afterwards, or an error of class NotFound.
	Activate(ctx context.Context, id string) (User, error)
}

// Deleter removes users.
type Deleter interface {
	// Delete removes the user with this id; class NotFound if there is none.
	Delete(ctx context.Context, id string) error
}

// BatchResult is the result for one record of a batch.
type BatchResult struct {
	// User is the created user if Err is nil.
	User User
	// Err is an [*Error], with the classes of [Client] Create.
	Err error
}

// Batcher creates several users in one request.
type Batcher interface {
	// BatchSize returns how many records one request may contain; less than two if this tenant's server accepts none.
	// It may send a request to find out.
	BatchSize(ctx context.Context) (int, error)
	// CreateBatch sends each record once, all of them in one request, and returns a result for each, in their order. If
	// the server refuses the request as a whole, so that no user was created, because it accepts no batches or none so
	// large, smaller requests may follow it. If the response is lost or contains nothing about a record, that record's
	// error is of class Unknown. A batch without records sends nothing.
	CreateBatch(ctx context.Context, records []schema.Record) []BatchResult
}

// The kinds of things that fields refer to ([schema.Field] Refers).
const (
	Role         = "role"
	Organization = "organization"
)

// Entry is one thing that fields refer to by its id.
type Entry struct {
	// ID is what the provider's API accepts, and Name its display name, "" if the provider does not return it. Several
	// entries may share a name.
	ID, Name string
	// Attributes is the provider's own JSON object for it, or only one of its documented properties.
	Attributes json.RawMessage
}

// Directory lists the things that fields refer to, so that users can specify their names.
type Directory interface {
	// Entries yields every entry of a kind, each id once, and ends after the first
	// error. A kind that the provider does not document is an error of class Invalid.
	Entries(ctx context.Context, kind string) iter.Seq2[Entry, error]
}

// APIKey is a key with which a user authenticates to the provider's API.
type APIKey struct {
	// Key is the secret itself; empty if the provider did not return it.
	Key string
	// Attributes is the provider's own JSON object without the secret.
	Attributes json.RawMessage
}

// APIKeyManager lists and creates the API keys of users.
type APIKeyManager interface {
	// APIKeys lists the keys of the user with this id.
	APIKeys(ctx context.Context, userID string) ([]APIKey, error)
	// CreateAPIKey creates a key, with options of the adapter's APIKeyTable. It sends one request, once, with the
	// classes of [Client] Create.
	CreateAPIKey(ctx context.Context, userID string, options schema.Record) (APIKey, error)
}

// SchemaSource returns the tenant's own description of its fields.
type SchemaSource interface {
	// Schema fetches the description as the provider documents it: the JSON document that [SchemaFile] contains for the
	// adapter's Tailor. It sends only reads.
	Schema(ctx context.Context) ([]byte, error)
}
