package term

import (
	"sync"
	"testing"
)

type vars map[string]string

func TestCanPrompt(t *testing.T) {
	tests := []struct {
		name    string
		in, err bool
		env     vars
		noInput bool
		want    string
	}{
		{name: "at a terminal", in: true, err: true},
		{name: "output is a pipe", in: true, err: true, env: vars{"TERM": "xterm"}},
		{name: "dumb terminal", in: true, err: true, env: vars{"TERM": "dumb"}},
		{name: "CI switched off", in: true, err: true, env: vars{"CI": "false"}},
		{name: "CI", in: true, err: true, env: vars{"CI": "true"}, want: "the environment variable CI is set"},
		{name: "CI by name", in: true, err: true, env: vars{"CI": "woodpecker"}, want: "the environment variable CI is set"},
		{name: "Jenkins", in: true, err: true, env: vars{"JENKINS_URL": "https://ci.example.com/"}, want: "the environment variable JENKINS_URL is set"},
		{name: "Azure Pipelines", in: true, err: true, env: vars{"TF_BUILD": "True"}, want: "the environment variable TF_BUILD is set"},
		{name: "TeamCity", in: true, err: true, env: vars{"TEAMCITY_VERSION": "2026.1"}, want: "the environment variable TEAMCITY_VERSION is set"},
		{name: "GitLab with CI switched off", in: true, err: true, env: vars{"GITLAB_CI": "true", "CI": "false"}},
		{name: "GitLab with CI empty", in: true, err: true, env: vars{"GITLAB_CI": "true", "CI": ""}, want: "the environment variable GITLAB_CI is set"},
		{name: "no input", in: true, err: true, noInput: true, want: "--no-input is set"},
		{name: "input is a pipe", err: true, want: "standard input is not a terminal"},
		{name: "errors go to a file", in: true, want: "standard error is not a terminal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _, _ := Test(WithTerminals(tt.in, false, tt.err), WithEnv(tt.env))
			s.SetNoInput(tt.noInput)
			if got := s.promptObstacle(); got != tt.want {
				t.Errorf("obstacle %q, want %q", got, tt.want)
			}
			if got, want := s.CanPrompt(), tt.want == ""; got != want {
				t.Errorf("CanPrompt() = %v, want %v", got, want)
			}
		})
	}
}

func TestAccessible(t *testing.T) {
	tests := []struct {
		env  vars
		want bool
	}{
		{nil, false},
		{vars{"TERM": "xterm-256color"}, false},
		{vars{"ACCESSIBLE": ""}, false},
		{vars{"ACCESSIBLE": "1"}, true},
		{vars{"TERM": "dumb"}, true},
	}
	for _, tt := range tests {
		s, _, _, _ := Test(WithEnv(tt.env))
		if got := s.Accessible(); got != tt.want {
			t.Errorf("Accessible() with %v = %v, want %v", tt.env, got, tt.want)
		}
	}
}

func TestWidth(t *testing.T) {
	tests := []struct {
		name     string
		terminal bool
		columns  int
		env      vars
		want     int
	}{
		{"a pipe", false, 132, nil, 80},
		{"a terminal", true, 132, nil, 132},
		{"a terminal that does not tell", true, 0, nil, 80},
		{"COLUMNS wins", true, 132, vars{"COLUMNS": "40"}, 40},
		{"COLUMNS for a pipe", false, 0, vars{"COLUMNS": "200"}, 200},
		{"COLUMNS makes no sense", true, 132, vars{"COLUMNS": "wide"}, 132},
		{"COLUMNS is not positive", true, 132, vars{"COLUMNS": "0"}, 132},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _, _ := Test(WithTerminals(false, tt.terminal, tt.terminal), WithWidth(tt.columns), WithEnv(tt.env))
			if got := s.Width(); got != tt.want {
				t.Errorf("Width() = %d, want %d", got, tt.want)
			}
			if got := s.ErrWidth(); got != tt.want {
				t.Errorf("ErrWidth() = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestColor(t *testing.T) {
	tests := []struct {
		name    string
		env     vars
		noColor bool
		// want for standard output, a pipe, and standard error, a terminal
		out, err bool
	}{
		{"by the terminal", nil, false, false, true},
		{"flag", nil, true, false, false},
		{"NO_COLOR", vars{"NO_COLOR": "1"}, false, false, false},
		{"NO_COLOR empty", vars{"NO_COLOR": ""}, false, false, true},
		{"CLICOLOR=0", vars{"CLICOLOR": "0"}, false, false, false},
		{"forced", vars{"CLICOLOR_FORCE": "1"}, false, true, true},
		{"forced on a dumb terminal", vars{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, false, true, true},
		{"not forced", vars{"CLICOLOR_FORCE": "0"}, false, false, true},
		{"NO_COLOR beats the force", vars{"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, false, false, false},
		{"the flag beats the force", vars{"CLICOLOR_FORCE": "1"}, true, false, false},
		{"dumb", vars{"TERM": "dumb"}, false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, _, _ := Test(WithTerminals(false, false, true), WithEnv(tt.env))
			s.SetNoColor(tt.noColor)
			if got := s.OutColor(); got != tt.out {
				t.Errorf("OutColor() = %v, want %v", got, tt.out)
			}
			if got := s.ErrColor(); got != tt.err {
				t.Errorf("ErrColor() = %v, want %v", got, tt.err)
			}
		})
	}
}

func TestStyle(t *testing.T) {
	s, _, _, _ := Test(WithTerminals(false, false, true))
	on, off := s.ErrStyle(), s.OutStyle()
	tests := []struct {
		name string
		mark func(Style, string) string
		want string
	}{
		{"bold", Style.Bold, "\x1b[1mx\x1b[0m"},
		{"faint", Style.Faint, "\x1b[2mx\x1b[0m"},
		{"red", Style.Red, "\x1b[31mx\x1b[0m"},
		{"green", Style.Green, "\x1b[32mx\x1b[0m"},
		{"yellow", Style.Yellow, "\x1b[33mx\x1b[0m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.mark(on, "x"); got != tt.want {
				t.Errorf("with colour %q, want %q", got, tt.want)
			}
			if got := tt.mark(on, ""); got != "" {
				t.Errorf("empty text became %q", got)
			}
			if got := tt.mark(off, "x"); got != "x" {
				t.Errorf("without colour %q, want %q", got, "x")
			}
		})
	}
}

func TestBufferTakesConcurrentWrites(t *testing.T) {
	_, _, out, _ := Test()
	var writers sync.WaitGroup
	for range 50 {
		writers.Go(func() {
			if _, err := out.WriteString("12345678"); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if got := len(out.String()); got != 400 {
		t.Errorf("%d bytes arrived, want 400", got)
	}
	out.Reset()
	if got := out.String(); got != "" {
		t.Errorf("after Reset: %q", got)
	}
}
