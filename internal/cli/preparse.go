package cli

import (
	"io"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/render"
)

// addGlobal defines the flags that every command has.
func addGlobal(flags *pflag.FlagSet, global *app.Global) {
	flags.StringVarP(&global.Profile, "profile", "p", "", "profile to use: see usher profiles list")
	flags.StringVarP(&global.Output, "output", "o", "", render.FormatHelp())
	flags.StringVar(&global.JQ, "jq", "", "filter the JSON output by a jq expression")
	flags.BoolVar(&global.NoInput, "no-input", false, "never ask: what is missing is an error")
	flags.StringVar(&global.Config, "config", "", "configuration file")
	flags.DurationVar(&global.Timeout, "timeout", 0, "time limit of one request (default 30s)")
	flags.BoolVarP(&global.Verbose, "verbose", "v", false, "show requests and answers on standard error, without secrets")
	flags.BoolVar(&global.NoColor, "no-color", false, "no colours")
}

// preparse reads the flags that every command has ahead of the others, because
// the profile decides which other flags there are. It tolerates what it does
// not know; the real parse reports errors.
func preparse(args []string) app.Global {
	var global app.Global
	flags := pflag.NewFlagSet("usher", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	flags.BoolP("help", "h", false, "")
	addGlobal(flags, &global)
	_ = flags.Parse(args)
	return global
}
