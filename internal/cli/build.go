package cli

import (
	"runtime/debug"

	"github.com/bring-aboard/usher/internal/app"
)

// Stamped by the release build with -ldflags -X; never written otherwise.
var buildVersion, buildCommit, buildDate string

// buildInfo returns the version of this build: as stamped, or as recorded by the Go toolchain.
func buildInfo() app.Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return completed(app.Build{Version: buildVersion, Commit: buildCommit, Date: buildDate}, info)
}

// completed returns the stamped version, completed with what the toolchain recorded. A build without a stamp has the
// version of its module, or "dev" if there is none, as without version control. A stamped build of modified files
// ends in "+dirty", as the toolchain's own versions do.
func completed(stamped app.Build, info *debug.BuildInfo) app.Build {
	noted := map[string]string{}
	for _, setting := range info.Settings {
		noted[setting.Key] = setting.Value
	}
	if stamped.Version != "" {
		if noted["vcs.modified"] == "true" {
			stamped.Version += "+dirty"
		}
		return stamped
	}
	version := info.Main.Version
	if version == "" || version == "(devel)" {
		version = "dev"
	}
	return app.Build{Version: version, Commit: noted["vcs.revision"], Date: noted["vcs.time"]}
}
