// Command usher creates and manages users at identity providers.
package main

import (
	"os"

	"github.com/bring-aboard/usher/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:]))
}
