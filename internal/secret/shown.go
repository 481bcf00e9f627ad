package secret

import "github.com/bring-aboard/usher/internal/leak"

// Shown returns the text of a reference for people: what stands there is not
// secret unless a secret was put there by mistake.
func (r Reference) Shown() string { return leak.Mask(r.String()) }
