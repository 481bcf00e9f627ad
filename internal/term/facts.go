package term

import (
	"strconv"
	"strings"
)

// defaultWidth is the width if neither COLUMNS nor a terminal has one.
const defaultWidth = 80

// InIsTerminal reports whether standard input is a terminal.
func (s *Streams) InIsTerminal() bool { return s.in.terminal }

// OutIsTerminal reports whether standard output is a terminal.
func (s *Streams) OutIsTerminal() bool { return s.out.terminal }

// ErrIsTerminal reports whether standard error is a terminal.
func (s *Streams) ErrIsTerminal() bool { return s.err.terminal }

// CIVariables returns the environment variables by which a CI system is recognised: CI, and what the systems set that
// do not set CI in every kind of job.
func CIVariables() []string {
	return []string{
		"CI", "APPVEYOR", "BITBUCKET_BUILD_NUMBER", "BUILDKITE", "CIRCLECI", "CODEBUILD_BUILD_ID", "DRONE", "GITHUB_ACTIONS", "GITLAB_CI",
		"JENKINS_URL", "TEAMCITY_VERSION", "TF_BUILD", "TRAVIS",
	}
}

// ciVariable returns the variable that shows that the program runs in a CI system, "" for none. A CI that is set
// decides alone, so that CI=false allows questions there.
func (s *Streams) ciVariable() string {
	for _, name := range CIVariables() {
		if isTrue(s.env(name)) {
			return name
		}
		if name == "CI" && s.env(name) != "" {
			return ""
		}
	}
	return ""
}

// CanPrompt reports whether a question may be asked: standard input and standard error are terminals, and neither
// --no-input nor a variable of a CI system ([CIVariables]) forbids it. Standard output may be a pipe.
func (s *Streams) CanPrompt() bool { return s.promptObstacle() == "" }

// promptObstacle returns the reason why no question may be asked, or "".
func (s *Streams) promptObstacle() string {
	switch {
	case s.noInput:
		return "--no-input is set"
	case s.ciVariable() != "":
		return "the environment variable " + s.ciVariable() + " is set"
	case !s.in.terminal:
		return "standard input is not a terminal"
	case !s.err.terminal:
		return "standard error is not a terminal"
	default:
		return ""
	}
}

// Accessible reports whether questions are asked one line after the other, as
// screen readers need it, instead of on a drawn form: the environment variable
// ACCESSIBLE is not empty, or TERM is "dumb".
func (s *Streams) Accessible() bool {
	return s.env("ACCESSIBLE") != "" || s.dumb()
}

// Width returns the columns of standard output: the environment variable
// COLUMNS, else the terminal's own width, else 80.
func (s *Streams) Width() int { return s.width(s.out) }

// ErrWidth returns the columns of standard error, as [Streams.Width] does.
func (s *Streams) ErrWidth() int { return s.width(s.err) }

func (s *Streams) width(d device) int {
	if columns, err := strconv.Atoi(s.env("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	if d.terminal {
		if columns := d.columns(); columns > 0 {
			return columns
		}
	}
	return defaultWidth
}

// OutColor reports whether standard output shows colour. --no-color, a NO_COLOR that is not empty, and CLICOLOR=0 take
// precedence and forbid it. Then CLICOLOR_FORCE, set to anything but 0, enables it even in a pipe. Otherwise a terminal
// shows colour unless TERM is "dumb".
func (s *Streams) OutColor() bool { return s.color(s.out) }

// ErrColor reports whether standard error shows colour, as [Streams.OutColor] does.
func (s *Streams) ErrColor() bool { return s.color(s.err) }

func (s *Streams) color(d device) bool {
	if s.noColor || s.env("NO_COLOR") != "" || s.env("CLICOLOR") == "0" {
		return false
	}
	if force := s.env("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return d.terminal && d.escapes && !s.dumb()
}

func (s *Streams) dumb() bool { return s.env("TERM") == "dumb" }

// isTrue reports whether a switch in the environment is on. Some systems set CI to their own name, so everything but a
// word for no counts.
func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "", "0", "f", "false", "n", "no", "off":
		return false
	default:
		return true
	}
}
