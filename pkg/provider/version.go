package provider

import "context"

type versionKey struct{}

// IfUnchanged returns a context whose change of a user is made only if the user has not changed since it was read here,
// if the provider documents such a condition (SCIM: RFC 7644, 3.14). Otherwise the change fails with an error of class
// Conflict, and nothing was done. The user must have been read just before.
func IfUnchanged(ctx context.Context, user User) context.Context {
	return context.WithValue(ctx, versionKey{}, user)
}

// ReadBefore returns the user of [IfUnchanged] if its id is this one.
func ReadBefore(ctx context.Context, id string) (User, bool) {
	user, ok := ctx.Value(versionKey{}).(User)
	return user, ok && user.ID == id
}
