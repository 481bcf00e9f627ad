package cli

import (
	"runtime/debug"

	"github.com/bring-aboard/usher/internal/app"
)

// Stamped by the release build with -ldflags -X; never written otherwise.
var buildVersion, buildCommit, buildDate string

// buildInfo says which usher this is: as stamped, or as the Go toolchain knows it.
func buildInfo() app.Build {
	build := app.Build{Version: buildVersion, Commit: buildCommit, Date: buildDate}
	if build.Version != "" {
		return build
	}
	build.Version = "dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		build.Version = v
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			build.Commit = setting.Value
		case "vcs.time":
			build.Date = setting.Value
		}
	}
	return build
}
