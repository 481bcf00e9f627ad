//go:build !linux && !darwin && !windows

package file

// networkName is not implemented for this system.
func networkName(string) string { return "" }
