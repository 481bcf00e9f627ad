// Command usher brings people into the systems they need.
package main

import (
	"os"

	"github.com/bring-aboard/usher/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:]))
}
