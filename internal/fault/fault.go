// Package fault words what a panic says: usher's own faults, which must cost as
// little as any other failure, and must not show what they came upon.
package fault

import (
	"errors"
	"fmt"
	"runtime"
)

// report is what is asked of whoever meets a fault.
const report = "this is a fault of usher: please report it, with the output of usher version"

// Of makes an error of what recover gave. What the runtime says names types and
// numbers and is told; any other value may hold a user's and is not.
func Of(cause any) error {
	if failure, ok := cause.(runtime.Error); ok {
		return fmt.Errorf("%w: %s", failure, report)
	}
	return errors.New(report)
}
