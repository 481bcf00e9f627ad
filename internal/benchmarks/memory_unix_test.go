//go:build unix

package benchmarks

import (
	"os"
	"runtime"
	"syscall"
)

// megabytes gives the largest resident memory of a finished process.
func megabytes(state *os.ProcessState) float64 {
	used, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(used.Maxrss) / (1 << 20) // there it is in bytes
	}
	return float64(used.Maxrss) / (1 << 10)
}
