package describe

import "github.com/bring-aboard/usher/pkg/provider"

// Provider is a provider that is described in a file: its description, and the adapter made of it.
type Provider struct {
	*Description
	Adapter provider.Adapter
	// Origin is "catalogue", or the path of the file.
	Origin string
	// Text is the description as it is written, and SHA256 its digest in hexadecimal digits.
	Text   []byte
	SHA256 string
}
