package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/term"
)

// environmentFile is the page of the environment variables. It is also a help topic.
const environmentFile = "docs/environment.md"

// group is a list of variables with its heading and an introduction.
type group struct {
	title, about string
	entries      []entry
}

// variables returns the environment variables that the program reads, with their meanings.
func variables(reference cli.Reference) []group {
	general := []entry{
		{"USHER_PROFILE", "profile to use; `-p` takes precedence"},
		{"USHER_CONFIG", "configuration file; `--config` takes precedence"},
		{"USHER_STATE_DIR", "directory of the ledger, its locks and the sandbox"},
		{"USHER_PROVIDER_FILE", "file with the description of one more provider"},
	}
	settings := []entry{{"USHER_PROVIDER", "provider of a profile that is defined by variables only"}}
	var own []entry
	known := func(name string) bool {
		return slices.ContainsFunc(slices.Concat(settings, own), func(e entry) bool { return e.term == name })
	}
	for _, s := range reference.Settings {
		settings = append(settings, entry{s.Variable(), s.Help})
	}
	for _, adapter := range reference.Adapters() {
		for _, s := range adapter.Settings {
			if name := (config.Setting{Name: s.Name}).Variable(); !known(name) {
				own = append(own, entry{name, s.Help + " (" + adapter.Name + ")"})
			}
		}
	}
	var shared []entry
	for _, s := range config.SharedSettings() {
		shared = append(shared, entry{s.Variable(), s.Help})
	}
	slices.SortFunc(own, func(a, b entry) int { return strings.Compare(a.term, b.term) })
	return []group{
		{"The program", "", general},
		{"Settings of profiles", "A setting comes from its flag, else from its variable, else from the profile, else from the default. If a profile is used, a " +
			"variable that would change its address, tenant or secrets is refused; without a profile the variables define one, named `environment`. " +
			"An empty variable counts as unset.", settings},
		{"Settings of single providers", "A secret variable contains the secret itself, not a reference. In parentheses is a provider that has the setting.", own},
		{"Shared ledger", "", shared},
		{"Terminal", "", []entry{
			{"NO_COLOR", "no colour, if it is not empty ([no-color.org](https://no-color.org)); the same as `--no-color`"},
			{"CLICOLOR", "no colour, if it is 0"},
			{"CLICOLOR_FORCE", "colour even in a pipe, if it is set to anything but 0; `NO_COLOR` and `CLICOLOR=0` take precedence"},
			{"TERM", "`dumb`: no colour, no progress bar, and forms ask one line after the other"},
			{"ACCESSIBLE", "forms ask one line after the other, for screen readers, if it is not empty"},
			{"COLUMNS", "width of the terminal"},
		}},
		{"CI systems", "If one of these is set, usher asks no question, even on a terminal: the command is refused with what is missing. `CI=false` allows questions.", ciVariables()},
		{"Completion", "", []entry{
			{cmdutil.CompletionVariable, "`local`: completion sends no request, so that it offers neither the keys of users nor names of roles and groups"},
		}},
		{"Network", "", []entry{
			{"HTTPS_PROXY", "proxy for requests to `https://` addresses; also in lower case"},
			{"HTTP_PROXY", "proxy for requests to `http://` addresses; also in lower case"},
			{"NO_PROXY", "hosts that do not use a proxy; also in lower case"},
			{"REQUEST_METHOD", "if it is set, as in a CGI program, `HTTP_PROXY` is ignored"},
		}},
		{"Directories", "", []entry{
			{"HOME", "home directory"},
			{"XDG_CONFIG_HOME", "directory of `usher/config.yaml` (default: `~/.config`; on macOS `~/Library/Application Support`)"},
			{"XDG_STATE_HOME", "directory of `usher/ledger.db` (default: `~/.local/state`)"},
			{"XDG_CACHE_HOME", "directory of `usher`, for data that can be fetched again (default: `~/.cache`)"},
			{"LocalAppData", "directory of `usher` on Windows"},
		}},
		{"Go", "", []entry{
			{"GOGC", "how much garbage the program collects; usher sets 200"},
			{"GOMEMLIMIT", "memory above which it collects more often; usher sets 48 MiB"},
		}},
	}
}

// ciVariables returns the variables by which a CI system is recognised.
func ciVariables() []entry {
	systems := map[string]string{
		"CI": "most CI systems", "APPVEYOR": "AppVeyor", "BITBUCKET_BUILD_NUMBER": "Bitbucket Pipelines", "BUILDKITE": "Buildkite", "CIRCLECI": "CircleCI",
		"CODEBUILD_BUILD_ID": "AWS CodeBuild", "DRONE": "Drone", "GITHUB_ACTIONS": "GitHub Actions; with it, failed rows are annotations of the job",
		"GITLAB_CI": "GitLab", "JENKINS_URL": "Jenkins", "TEAMCITY_VERSION": "TeamCity", "TF_BUILD": "Azure Pipelines", "TRAVIS": "Travis CI",
	}
	var list []entry
	for _, name := range term.CIVariables() {
		list = append(list, entry{name, systems[name]})
	}
	return list
}

// environmentPage writes the page of the environment variables.
func environmentPage(reference cli.Reference) (files, error) {
	var b strings.Builder
	b.WriteString("# Environment variables\n\nAll variables that usher reads. A `USHER_` variable that is not on this page is probably misspelt: every command that\n" +
		"sends requests refuses it. `usher help environment` shows this page.\n")
	for _, group := range variables(reference) {
		fmt.Fprintf(&b, "\n## %s\n\n", group.title)
		if group.about != "" {
			b.WriteString(group.about + "\n\n")
		}
		b.WriteString("| variable | meaning |\n|---|---|\n")
		for _, e := range group.entries {
			fmt.Fprintf(&b, "| `%s` | %s |\n", e.term, strings.ReplaceAll(e.meaning, "|", `\|`))
		}
	}
	return files{environmentFile: []byte(b.String())}, nil
}
