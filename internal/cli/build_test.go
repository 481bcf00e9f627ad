package cli

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/bring-aboard/usher/internal/app"
)

func TestDescribe(t *testing.T) {
	const commit, date = "8f4688b8b87118037e31efeb2822a84e213a567a", "2026-11-22T00:32:04Z"
	released := app.Build{Version: "1.2.3", Commit: commit, Date: date}
	clone := func(version, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: commit}, {Key: "vcs.time", Value: date}, {Key: "vcs.modified", Value: modified},
		}}
	}
	module := func(version string) *debug.BuildInfo { return &debug.BuildInfo{Main: debug.Module{Version: version}} }
	for name, test := range map[string]struct {
		stamped app.Build
		info    *debug.BuildInfo
		want    app.Build
	}{
		"a release":                        {released, clone("v1.2.3", "false"), released},
		"a release build of changed files": {released, clone("v1.2.3+dirty", "true"), app.Build{Version: "1.2.3+dirty", Commit: commit, Date: date}},
		"a release build without vcs":      {released, module("(devel)"), released},
		"go build in a clone":              {app.Build{}, clone("v1.2.4-0.20261122003204-8f4688b8b871", "false"), app.Build{Version: "v1.2.4-0.20261122003204-8f4688b8b871", Commit: commit, Date: date}},
		"go build of changed files":        {app.Build{}, clone("v1.2.3+dirty", "true"), app.Build{Version: "v1.2.3+dirty", Commit: commit, Date: date}},
		"go install module@version":        {app.Build{}, module("v1.2.3"), app.Build{Version: "v1.2.3"}},
		"go build -buildvcs=false":         {app.Build{}, module("(devel)"), app.Build{Version: "dev"}},
		"go run, go test":                  {app.Build{}, module(""), app.Build{Version: "dev"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := completed(test.stamped, test.info); got != test.want {
				t.Errorf("got %+v, wanted %+v", got, test.want)
			}
		})
	}
}

// The release build stamps variables by name, which the compiler does not check.
func TestReleaseStampsVersion(t *testing.T) {
	config, err := os.ReadFile(filepath.Join("..", "..", ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`-X ([^ =]+\.(build[A-Za-z]+))=`).FindAllStringSubmatch(string(config), -1)
	if len(flags) != 3 {
		t.Fatalf("the release stamps %d values, not 3: %q", len(flags), flags)
	}
	ldflags := "-s -w"
	for _, flag := range flags {
		ldflags += " -X " + flag[1] + "=stamped-" + flag[2]
	}
	program := filepath.Join(t.TempDir(), "usher")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags", ldflags, "-o", program, "github.com/bring-aboard/usher/cmd/usher")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.Command(program, "version", "-o", "json")
	command.Env = []string{"HOME=" + t.TempDir()}
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"schema": "usher.version/v1", "version": "stamped-buildVersion", "commit": "stamped-buildCommit", "date": "stamped-buildDate",
		"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, wanted %v", got, want)
	}
}
