//go:build !unix

package credentials

// SyncFolder does nothing: a folder cannot be synced here, and needs not be.
func SyncFolder(string) error { return nil }
