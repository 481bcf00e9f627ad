// Package panicerr describes panics as errors: they are defects of usher, which must not stop more than any other failure
// and must not show a user's value.
package panicerr

import (
	"errors"
	"fmt"
	"runtime"
)

// report is the request to report the defect.
const report = "this is a defect of usher; report it with the output of usher version"

// Of returns an error for a value that recover returned. The runtime's own message contains types and numbers and is
// shown; any other value may contain a user's and is not.
func Of(cause any) error {
	if failure, ok := cause.(runtime.Error); ok {
		return fmt.Errorf("%w: %s", failure, report)
	}
	return errors.New(report)
}
