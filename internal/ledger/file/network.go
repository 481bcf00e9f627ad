package file

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/ledger"
)

// checkNetwork returns an error if a directory is on the network file system with a name; "" is a local one. SQLite's
// write-ahead log requires memory that all processes share, so that it does not work over a network
// (https://www.sqlite.org/wal.html, section 1), and file locks there may not exclude other machines.
func checkNetwork(dir, name string) error {
	if name == "" {
		return nil
	}
	return fail(ledger.Network, "use", dir, fmt.Errorf("the directory is on a network drive (%s)", name))
}
