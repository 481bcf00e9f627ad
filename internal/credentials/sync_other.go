//go:build !unix

package credentials

// syncFolder does nothing: a folder cannot be synced here, and needs not be.
func syncFolder(string) error { return nil }
