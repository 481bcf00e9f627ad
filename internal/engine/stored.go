package engine

import (
	"errors"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// NotStoredError returns the error of a change that its response affirmed, but of which the provider did not store
// these fields.
func NotStoredError(fields []string) error {
	return &provider.Error{Class: provider.Invalid, Op: "update the user", Err: errors.New("the provider did not store " + strings.Join(fields, ", "))}
}
