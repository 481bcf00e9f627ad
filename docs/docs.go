// Package docs contains the pages of the documentation that the program shows as help topics.
package docs

import "embed"

// Pages are the embedded pages, by name.
//
//go:embed environment.md exit-status.md output.md reliability.md
var Pages embed.FS
