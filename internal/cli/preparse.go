package cli

import (
	"io"

	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/render"
)

// addGlobal adds the global flags.
func addGlobal(flags *pflag.FlagSet, global *app.Global) {
	flags.StringVarP(&global.Profile, "profile", "p", "", "profile to use")
	flags.StringVarP(&global.Output, "output", "o", "", render.FormatHelp())
	flags.StringVar(&global.JQ, "jq", "", "filter JSON output with this jq expression")
	flags.BoolVar(&global.NoInput, "no-input", false, "never prompt; fail if input is missing")
	flags.StringVar(&global.Config, "config", "", "configuration file")
	duration.Var(flags, &global.Timeout, "timeout", 0, "timeout for each request (default 30s)")
	flags.BoolVarP(&global.Verbose, "verbose", "v", false, "log requests and responses to standard error, without secrets")
	flags.BoolVar(&global.NoColor, "no-color", false, "disable colour output")
}

// preparse returns the global flags of a command line. They are read before the other flags, because the other flags
// depend on the profile. It ignores unknown flags and arguments; the real parse reports errors.
func preparse(args []string) app.Global {
	var global app.Global
	flags := pflag.NewFlagSet("usher", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	flags.BoolP("help", "h", false, "")
	addGlobal(flags, &global)
	flags.VisitAll(func(flag *pflag.Flag) { flag.Value = lenient{flag.Value} })
	flags.StringVar(&global.Provider, "provider", "", "")
	_ = flags.Parse(args)
	global.Words = flags.Args()
	return global
}

// lenient is the value of a flag that ignores an invalid text, so that the flags behind it are read.
type lenient struct{ pflag.Value }

// Set implements [pflag.Value].
func (l lenient) Set(text string) error {
	_ = l.Value.Set(text)
	return nil
}
