// Package target identifies a provider's tenant by provider, address and name.
package target

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/internal/address"
)

// Target is a provider's tenant. Targets of [New] and [Parse] are in normal form: equal ones are the same tenant.
type Target struct {
	// Provider is the name of the provider.
	Provider string
	// Address is the base URL, as [address.Normal] returns it.
	Address string
	// Tenant distinguishes tenants at one address; "" if it has no name.
	Tenant string
}

// New returns the target of a base URL. It fails on an invalid address or tenant; the error does not contain the
// setting.
func New(provider, base, tenant string) (Target, error) {
	normal, err := address.Normal(base)
	if err != nil {
		return Target{}, err
	}
	if tenant != "" {
		err = CheckTenant(tenant)
	}
	return Target{Provider: provider, Address: normal, Tenant: normalTenant(tenant)}, err
}

// The tenant is between these in the text of a target.
const (
	beforeTenant = " (tenant "
	afterTenant  = ")"
)

// String returns the target in one line: "sulu https://api.sulu.sh/v0 (tenant acme)".
func (t Target) String() string {
	text := t.Provider + " " + t.Address
	if t.Tenant != "" {
		text += beforeTenant + t.Tenant + afterTenant
	}
	return text
}

// WithoutTenant returns the target that a profile without a tenant has at the
// same address.
func (t Target) WithoutTenant() Target {
	t.Tenant = ""
	return t
}

// Parse returns the target of a text that [Target.String] has written, or that a user has typed in this form. ok is
// false for every other text, that of a sandbox for example.
func Parse(text string) (t Target, ok bool) {
	provider, rest, found := strings.Cut(text, " ")
	if !found || provider == "" {
		return Target{}, false
	}
	base, tenant, named := strings.Cut(rest, beforeTenant)
	if named && (!strings.HasSuffix(tenant, afterTenant) || tenant == afterTenant) {
		return Target{}, false
	}
	t, err := New(provider, base, strings.TrimSuffix(tenant, afterTenant))
	return t, err == nil
}

// maxTenant is the maximum number of characters in the name of a tenant.
const maxTenant = 100

// CheckTenant returns an error unless the text can be the name of a tenant.
func CheckTenant(text string) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) && r != ' '
	}):
		return errors.New("contains an invisible character")
	case normalTenant(text) == "":
		return errors.New("is empty")
	case utf8.RuneCountInString(text) > maxTenant:
		return fmt.Errorf("must have at most %d characters", maxTenant)
	default:
		return nil
	}
}

// normalTenant returns the name of a tenant without spaces around it, in Unicode
// NFC and lower case.
func normalTenant(text string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(text))))
}
