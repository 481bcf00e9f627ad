// Command bare is a minimal program with cobra and viper, for a comparison of start times.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"
)

func main() {
	settings := viper.New()
	settings.SetDefault("name", "bare")
	root := &cobra.Command{Use: "bare", Short: "Do nothing"}
	root.AddCommand(&cobra.Command{
		Use:   "version",
		Short: "Say which program this is",
		Run:   func(*cobra.Command, []string) { fmt.Println(settings.GetString("name")) },
	})
	if root.Execute() != nil {
		os.Exit(1)
	}
}
