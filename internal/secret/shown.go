package secret

import "github.com/bring-aboard/usher/internal/leak"

// Shown returns the text of a reference for users, with what looks like a secret masked: one may have been put there by
// mistake.
func (r Reference) Shown() string { return leak.Mask(r.String()) }
