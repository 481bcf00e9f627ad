package cli

import (
	"runtime/debug"

	"github.com/bring-aboard/usher/internal/app"
)

// Stamped by the release build with -ldflags -X; never written otherwise.
var buildVersion, buildCommit, buildDate string

// buildInfo says which usher this is: as stamped, or as the Go toolchain knows it.
func buildInfo() app.Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describe(app.Build{Version: buildVersion, Commit: buildCommit, Date: buildDate}, info)
}

// describe completes what was stamped by what the toolchain noted. A build that
// nobody stamped has its module's version; where there is none, as without version
// control, it is "dev". A stamped build of changed files says that it is "+dirty",
// as the toolchain itself does.
func describe(stamped app.Build, info *debug.BuildInfo) app.Build {
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
