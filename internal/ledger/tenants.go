package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/target"
)

// Identity is the identity that uses a target, in digests of the store's [Digester]. A zero digest is unknown.
type Identity struct {
	// Credentials is the digest of the credentials in requests.
	Credentials Digest
	// Organization is the digest of the organization in which the profile creates users.
	Organization Digest
}

// TenantReason is why it is unknown to which tenant the users of a target belong.
type TenantReason int

// The reasons.
const (
	// OtherCredentials: the target has no tenant, and was last used with other credentials.
	OtherCredentials TenantReason = iota + 1
	// NoTenant: the target has no tenant, and others at its address have one.
	NoTenant
	// NewTenant: the tenant is new, and the ledger has users at its address that may belong to the tenant.
	NewTenant
)

// TenantError is the error of a target whose address has users in the ledger that may belong to another tenant.
type TenantError struct {
	Reason TenantReason
	// Target is the target of the requests.
	Target string
	// Others are the other targets at the address.
	Others []string
}

// Error returns the problem. It does not contain a next step.
func (e *TenantError) Error() string {
	switch e.Reason {
	case OtherCredentials:
		return e.Target + " was last used with other credentials, and no tenant is known"
	case NoTenant:
		return e.Target + " names no tenant, and the ledger has " + strings.Join(e.Others, ", ")
	default:
		return e.Target + " is new to the ledger, which has " + strings.Join(e.Others, ", ")
	}
}

// KnownTarget is a target of which a store has runs.
type KnownTarget struct {
	// Target is its text.
	Target string
	// Identity is the one that used it last.
	Identity Identity
	// Merged reports that the store had the target as several, and that this was not reported yet.
	Merged bool
	// Spellings are the other texts of the target under which digests are keyed.
	Spellings []string
}

// Judge returns why it is unknown to which tenant the users of a target belong, nil if it is known. Known are the
// targets of which the store has runs.
func Judge(known []KnownTarget, text string, id Identity) *TenantError {
	wanted, ok := target.Parse(text)
	if !ok {
		return nil
	}
	isWanted := func(k KnownTarget) bool { return k.Target == text }
	if i := slices.IndexFunc(known, isWanted); i >= 0 {
		if wanted.Tenant != "" || known[i].Identity.mayBe(id) {
			return nil
		}
		return &TenantError{Reason: OtherCredentials, Target: text}
	}
	failure := &TenantError{Reason: NewTenant, Target: text}
	for _, k := range known {
		parsed, _ := target.Parse(k.Target)
		switch {
		case parsed.WithoutTenant() != wanted.WithoutTenant():
		case wanted.Tenant == "":
			failure.Reason, failure.Others = NoTenant, append(failure.Others, k.Target)
		case parsed.Tenant == "" || k.Identity.isSure(id) || slices.Contains(k.Spellings, text):
			failure.Others = append(failure.Others, k.Target)
		}
	}
	if len(failure.Others) == 0 {
		return nil
	}
	return failure
}

// Undecided returns the other targets of which a decision about the tenant of a target must say whose users they have. It returns an
// error if the target has one tenant, and the [*TenantError] of one that names no tenant where others do.
func Undecided(known []KnownTarget, text string, id Identity) (others []string, err error) {
	if _, ok := target.Parse(text); !ok {
		return nil, fmt.Errorf("%s has one tenant", text)
	}
	switch failure := Judge(known, text, id); {
	case failure == nil:
		return nil, nil
	case failure.Reason == NoTenant:
		return nil, failure
	default:
		return failure.Others, nil
	}
}

// MergedOf returns the result of [Store].Merged.
func MergedOf(known []KnownTarget) map[string][]string {
	merged := map[string][]string{}
	for _, k := range known {
		if k.Merged {
			merged[k.Target] = k.Spellings
		}
	}
	return merged
}

// mayBe reports whether the two identities can be the same tenant.
func (id Identity) mayBe(other Identity) bool {
	return id.Credentials.IsZero() || other.Credentials.IsZero() || id.Credentials == other.Credentials ||
		!id.Organization.IsZero() && id.Organization == other.Organization
}

// isSure reports whether the credentials of two identities are known and the same.
func (id Identity) isSure(other Identity) bool {
	return !id.Credentials.IsZero() && id.Credentials == other.Credentials
}
