//go:build unix

package cli

import (
	"regexp"
	"testing"
)

// On a terminal, usher alone shows the first commands: without a profile those of the sandbox, with one its own.
func TestWelcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variables []string
		sees      string
	}{
		"no profile": {nil, `usher users create -i -p sandbox-sulu`},
		"CI":         {[]string{"JENKINS_URL=https://ci.example.com"}, `usher profiles add`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := start(t, test.variables, nil)
			term.exits(0)
			if !regexp.MustCompile(test.sees).MatchString(term.View()) {
				t.Errorf("it shows:\n%s", term.View())
			}
		})
	}
}

// A question that nobody answers ends neither a container nor a job: a CI system is recognised by its own variable.
func TestNoQuestionInCI(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"TF_BUILD=True", "JENKINS_URL=https://ci.example.com", "TEAMCITY_VERSION=2026.1", "GITHUB_ACTIONS=true", "GITLAB_CI=true", "BUILDKITE=true"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			term := start(t, []string{variable}, nil, "users", "create", "-p", "sandbox-sulu", "--email", "ada@example.com")
			term.exits(2)
		})
	}
}
