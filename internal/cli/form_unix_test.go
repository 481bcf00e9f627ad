//go:build unix

package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

const password = "canary-47 'n"

// ejentoAt returns a profile of variables for a server.
func ejentoAt(url string) []string {
	return []string{"USHER_PROVIDER=ejento", "USHER_BASE_URL=" + url, "USHER_TOKEN=t", "USHER_SUBSCRIPTION_KEY=k"}
}

// serve starts a raw server for the duration of the test.
func serve(t *testing.T, answers ...answer) *rawServer {
	t.Helper()
	server, err := startRawServer(inOrder(answers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	return server
}

func ejentoCreated() answer {
	return answerText("HTTP/1.1 201 Created\n\n" + `{"success":true,"data":{"id":236,"email":"jane@example.com","first_name":"Jane"}}`)
}

// The form prompts for missing fields, validates them, shows the user, asks for confirmation, creates the user, and
// prints the equivalent command.
func TestFormCreatesAUser(t *testing.T) {
	server := serve(t, ejentoCreated())
	term := start(t, ejentoAt(server.url()), nil, "users", "create", "--org-id", "7", "--first-name", "Jane O'Neil")
	term.isAt("Role (required)")
	term.Lacks("Organization number", "First name") // the form has only missing fields
	term.Types(termtest.Enter)
	term.Sees("! Role is required")
	term.Types("User", termtest.Enter)
	term.isAt("Email address (required)")
	term.Types("jane", termtest.Enter)
	term.Sees(`! Email address "jane" is not an email address (for example name@example.com)`)
	term.Types(termtest.ClearLine, "jane@example.com", termtest.Enter)
	term.isAt("Password")
	term.Sees("> a generated password")
	term.Types(password)
	term.Sees("> " + strings.Repeat("*", len(password)))
	term.Types(termtest.Enter)
	term.isAt("Password, repeated")
	term.Types("other", termtest.Enter)
	term.Sees("! the two answers differ")
	term.Types(termtest.ClearLine, password, termtest.Enter)
	term.isAt("Last name (required)")
	term.Types("Doe", termtest.Enter)

	term.Sees("Create this user in ejento "+server.url()+"?", "Email address        jane@example.com", "Password             (hidden)", "First name           Jane O'Neil")
	if n := len(server.requests()); n != 0 {
		t.Errorf("%d requests were sent before the person agreed", n)
	}
	term.Types(termtest.Enter)
	term.exits(0)
	term.Sees("state       created", "id          236", "Equivalent command:")
	term.Lacks("canary")
	term.SendsNoQuery()

	// The printed command sends the same bytes.
	command := regexp.MustCompile(`(?m)^  usher (users create .*)$`).FindStringSubmatch(term.View())
	if command == nil {
		t.Fatalf("there is no command on the screen:\n%s", term.View())
	}
	if !strings.Contains(command[1], "--password-stdin") || !strings.Contains(command[1], `'Jane O'\''Neil'`) {
		t.Errorf("the command is %q", command[1])
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.Command("sh", "-c", path+" "+command[1])
	again.Env = append(ejentoAt(server.url()), "HOME="+t.TempDir())
	again.Stdin = strings.NewReader(password + "\n")
	if output, err := again.CombinedOutput(); err != nil {
		t.Fatalf("the command fails: %v\n%s", err, output)
	}
	requests := server.requests()
	if len(requests) != 2 || requests[0] != requests[1] || !strings.Contains(requests[0].body, password) {
		t.Errorf("the requests differ:\n%q", requests)
	}
}

// A pair of UUIDs or names is validated at the field. Several are separated by semicolons. What is wrong with one has the
// titles of the form.
func TestFormTakesUUIDsAndNames(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			const one, two = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
			server := serve(t,
				answerText("HTTP/1.1 200 OK\n\n"+`[{"identityName":"root","organizations":[{"organizationId":"`+one+`","organizationName":"ACME"}]}]`), answerText("HTTP/1.1 200 OK\n\n[]"),
				answerText("HTTP/1.1 200 OK\n\n"+`[{"id":"`+two+`","name":"Reader"}]`), answerText("HTTP/1.1 200 OK\n\n[]"),
				answerText("HTTP/1.1 404 Not Found\nContent-Type: application/json\n\n"+`{"code":60,"message":"no such user","description":"The user does not exist"}`), answerText("HTTP/1.1 201 Created\nContent-Location: jane\n\n"+`{"identityName":"jane"}`))
			term := startTold(t, "", columns, []string{"USHER_PROVIDER=evolution", "USHER_BASE_URL=" + server.url(), "USHER_TOKEN=t", "USHER_API_KEY=k"}, nil,
				"users", "create", "--identity-name", "jane", "--display-name", "Jane", "--email", "jane@example.com", "--first-name", "J", "--last-name", "D")
			term.isAt("Organizations (required)")
			term.Sees("for example ACME:Reader")
			term.Types("org-1", termtest.Enter)
			term.Sees(`! Organizations "org-1" does not have the form ORG:ROLE`)
			term.Types(termtest.ClearLine, one+":admin", termtest.Enter)
			term.Sees(`! Role "admin": role not found`)
			term.fits(columns)
			term.Types(termtest.ClearLine, one+":"+two+";acme:boss", termtest.Enter)
			term.Sees(`! entry 2: Role "boss": role not found`)
			term.fits(columns)
			term.Types(termtest.ClearLine, "acme:reader ; "+two+":"+one, termtest.Enter)
			term.Sees("(acme:reader;", "Create this user in evolution "+server.url()+"?")
			term.Types(termtest.Enter)
			term.exits(0)
			term.Sees("--organization " + one + ":" + two + " --organization " + two + ":" + one)
			if requests := server.requests(); len(requests) != 6 || !strings.Contains(requests[5].body, `[{"organizationId":"`+one+`","roleId":"`+two+`"},{"organizationId":"`+two+`","roleId":"`+one+`"}]`) {
				t.Errorf("the server had %q", requests)
			}
		})
	}
}

// With -i the form has the required fields and those with a value, and the others on request.
func TestInteractiveFormHasEveryField(t *testing.T) {
	term := start(t, nil, nil, "users", "create", "-p", "sandbox-sulu", "-i", "--email", "ada@example.com", "--ory-id", "ory-1", "--organization", "org-1")
	term.Sees("> ada@example.com", "> ory-1", "> org-1", "ctrl+d done")
	for _, title := range []string{"Email address", "Ory id", "Organization"} {
		term.isAt(title)
		term.Types(termtest.Enter)
	}
	term.Sees("Create this user in sulu sandbox?", "> Create", "  Edit", "  More fields", "  Cancel")
	term.Types(termtest.Down, termtest.Down, termtest.Enter)
	term.Sees("Which fields?", "> Roles, First name, Last name, Phone", "  All 10 fields")
	term.Types(termtest.Enter)
	term.isAt("Roles")
	term.Types("a,b", termtest.Enter)
	term.Sees("! Roles: separate several with ;")
	term.Types(termtest.ClearLine, "a; b", "\x04")
	term.Sees("Create this user in sulu sandbox?", "a;b")
	term.Types(termtest.Enter)
	term.exits(0)
	term.Sees("state         created", "usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1 --role a --role b")
}

// If the user of a form exists, the next step has what was typed.
func TestFormOfAnExistingUser(t *testing.T) {
	home := t.TempDir()
	for _, status := range []int{0, 1} {
		term := start(t, []string{"USHER_STATE_DIR=" + home}, nil, "users", "create", "-p", "sandbox-sulu", "--ory-id", "ory-1", "--organization", "org-1")
		term.isAt("Email address (required)")
		term.Types("ada@example.com", termtest.Enter)
		term.Sees("> Create")
		term.Types(termtest.Enter)
		term.exits(status)
		if status == 1 {
			term.Sees("next: usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1 --on-exists skip")
		}
	}
}

// A cancelled form sends nothing, restores the terminal, and prints the command that continues with what was typed.
func TestLeavingTheForm(t *testing.T) {
	fields := []string{"users", "create", "--org-id", "7", "--role", "User", "--email", "jane@example.com", "--first-name", "Jane O'Neil"}
	for name, test := range map[string]struct {
		leave func(*terminal)
		typed string // what the command has of the answers
	}{
		"Ctrl-C at a field":    {func(term *terminal) { term.Types(termtest.Interrupt) }, ""},
		"Esc at a field":       {func(term *terminal) { term.Types(termtest.Escape) }, ""},
		"Ctrl-C at a secret":   {func(term *terminal) { term.Types(password, termtest.Interrupt) }, ""},
		"Ctrl-C at the review": {func(term *terminal) { answerForm(term); term.Types(termtest.Interrupt) }, " --last-name 'De Vries'"},
		"Cancel at the review": {func(term *terminal) { answerForm(term); term.Types(termtest.Down, termtest.Down, termtest.Enter) }, " --last-name 'De Vries'"},
		"the end":              {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, ejentoCreated())
			term := start(t, ejentoAt(server.url()), nil, fields...)
			term.isAt("Password")
			if test.leave == nil {
				_ = term.HangUp() // the terminal is closed, so that the status cannot be read
			} else {
				test.leave(term)
				term.exits(130)
				term.Sees("nothing was sent", "next: usher users create -p environment --org-id 7 --role User --email jane@example.com --first-name 'Jane O'\\''Neil'"+test.typed+" -i")
				term.Lacks("canary")
			}
			if n := len(server.requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func answerForm(term *terminal) {
	term.Types(password, termtest.Enter)
	term.isAt("Password, repeated")
	term.Types(password, termtest.Enter)
	term.isAt("Last name (required)")
	term.Types("De Vries", termtest.Enter)
	term.Sees("Create this user in ")
}

// Nothing is lost and nothing is sent by Return, from the first field to the review and back. One key is enough to leave
// the fields. Nothing is wider than the terminal.
func TestFormGoesBackFromTheReview(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			server := serve(t, ejentoCreated())
			term := startTold(t, "", columns, ejentoAt(server.url()), nil, "users", "create", "-i", "--org-id", "7", "--role", "User", "--first-name", "Jane", "--last-name", "Doe")
			term.isAt("Organization number (required)")
			term.Sees("ctrl+d done", "esc cancel")
			term.fits(columns)
			term.Types("\x04")
			term.Sees("! Email address is required")
			term.isAt("Email address (required)")
			term.Types("jane@example.com", "\x04")
			term.Sees("Create this user in ", "> Create", "  Edit", "(will be generated)")
			term.fits(columns)
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("Organization number (required)")
			term.Sees("> jane@example.com", "ctrl+d done")
			for _, title := range []string{"Organization number", "Role", "Email address", "Password"} {
				term.isAt(title)
				term.fits(columns)
				term.Types(termtest.Enter)
			}
			term.isAt("Password, repeated")
			term.Types("\x04")
			term.Sees("> Create")
			if n := len(server.requests()); n != 0 {
				t.Errorf("%d requests were sent before the person agreed", n)
			}
			term.Types(termtest.Enter)
			term.exits(0)
			requests := server.requests()
			if len(requests) != 1 || !strings.Contains(requests[0].body, `"email":"jane@example.com"`) || !strings.Contains(requests[0].body, `"password":"`) {
				t.Errorf("the provider got %q", requests)
			}
			term.Sees("Password for jane@example.com (shown only once): ")
		})
	}
}

// What is wrong with the given values is reported before the form opens, all at once.
func TestGivenValuesAreCheckedBeforeTheForm(t *testing.T) {
	server := serve(t, ejentoCreated())
	file := filepath.Join(t.TempDir(), "user.json")
	if err := os.WriteFile(file, []byte(`{"identityName": "a\u200bb"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	term := start(t, []string{"USHER_PROVIDER=evolution", "USHER_BASE_URL=" + server.url(), "USHER_TOKEN=t", "USHER_API_KEY=k"}, nil,
		"users", "create", "-f", file, "--organization", "0a1b2c3d-0000-4000-8000-000000000001:")
	term.exits(2)
	term.Lacks("┃")
	term.Sees("user.json:1:2: identityName", "organizations[0].roleId")
	if n := len(server.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// For screen readers the form prints plain lines.
func TestAccessibleForm(t *testing.T) {
	for _, variable := range []string{"ACCESSIBLE=1", "TERM=dumb"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			server := serve(t, ejentoCreated())
			term := start(t, append(ejentoAt(server.url()), variable), nil, "users", "create", "--org-id", "7", "--role", "User", "--first-name", "Jane")
			term.Sees("(1 of 3) Email address (required):")
			term.Types("jane\n")
			term.Sees(`Email address "jane" is not an email address (for example name@example.com)` + "\n(1 of 3) Email")
			term.Types("jane@example.com\n")
			term.Sees("(2 of 3) Password [Enter uses a generated password")
			term.Types(password + termtest.Enter)
			term.Sees("(2 of 3) Password, repeated:")
			term.Types(password + termtest.Enter)
			term.Sees("(3 of 3) Last name (required):")
			term.Types("\n")
			term.Sees("Last name is required\n(3 of 3) Last name")
			term.Types("Doe\n")
			term.Sees("1. Create\n2. Edit\n3. Cancel\nNumber from 1 to 3:")
			term.Types("\n")
			term.Sees("Enter a number from the list.")
			term.Types("2\n")
			term.Sees("Which field? Enter when done.\n1. Done\n2. Organization number (required): 7\n3. Role (required): User\n", "\n5. Password: (hidden)\n", "\n7. Last name (required): Doe\n")
			term.Types("7\n")
			term.Sees("Last name (required) [Enter keeps Doe]:")
			term.Types("De Vries\n")
			term.Until("the list", func(view string) bool {
				return strings.Contains(view, "\n7. Last name (required): De Vries\n") && strings.HasSuffix(view, "]:")
			})
			term.Types("\n")
			term.Until("the review", func(view string) bool { return strings.Count(view, "1. Create") == 2 })
			term.Types("1\n")
			term.exits(0)
			term.Sees("Equivalent command:")
			term.Lacks("canary", "\x1b[?", "┃")
			if n := len(server.requests()); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
	t.Run("left", func(t *testing.T) {
		t.Parallel()
		server := serve(t, ejentoCreated())
		term := start(t, append(ejentoAt(server.url()), "ACCESSIBLE=1"), nil, "users", "create", "--org-id", "7", "--role", "User", "--first-name", "Jane")
		term.Sees("(1 of 3) Email address (required):")
		term.Types(termtest.Interrupt)
		term.exits(130)
		term.Sees("nothing was sent")
		if n := len(server.requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// With a screen reader, two optional fields of many take two answers each: the user chooses them from a list.
func TestAccessibleFormChoosesAmongOptionalFields(t *testing.T) {
	term := start(t, []string{"ACCESSIBLE=1"}, nil, "users", "create", "-p", "sandbox-scim")
	number := func(title string) string {
		found := regexp.MustCompile(`(?m)^(\d+)\. `+title).FindAllStringSubmatch(term.View(), -1)
		if found == nil {
			t.Fatalf("%s is not on the screen:\n%s", title, term.View())
		}
		return found[len(found)-1][1]
	}
	term.Sees("(required):")
	term.Types("ada\n")
	term.Sees("3. More fields\n")
	term.Types("3\n")
	term.Sees("Which field? Enter when done.", "\n20. ")
	term.Types(number("Title") + "\n")
	term.Until("the field", func(view string) bool { return strings.HasSuffix(view, "\nTitle:") })
	term.Types("Countess\n")
	term.Until("the list", func(view string) bool {
		return strings.Contains(view, ". Title: Countess\n") && strings.HasSuffix(view, "]:")
	})
	term.Types(number("Time zone") + "\n")
	term.Until("the field", func(view string) bool { return strings.HasSuffix(view, "Time zone:") })
	term.Types("Europe/London\n")
	term.Until("the list", func(view string) bool {
		return strings.Contains(view, ". Time zone: Europe/London\n") && strings.HasSuffix(view, "]:")
	})
	term.Types("\n")
	term.Until("the review", func(view string) bool { return strings.HasSuffix(view, "3. Cancel\nNumber from 1 to 3:") })
	term.Types("1\n")
	term.exits(0)
	term.Sees("usher users create -p sandbox-scim --user-name ada ", "--title Countess", "--timezone Europe/London")
	term.Lacks("┃")
}

// Without prompts, missing fields are an error with their flags.
func TestNothingIsAskedWhereThatIsForbidden(t *testing.T) {
	pipe := func(command *exec.Cmd) { // standard input is not a terminal
		command.Stdin = strings.NewReader("")
	}
	for name, test := range map[string]struct {
		variables []string
		change    func(*exec.Cmd)
		args      []string
	}{
		"--no-input": {args: []string{"--no-input"}},
		"CI":         {variables: []string{"CI=true"}},
		"a pipe":     {change: pipe},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, ejentoCreated())
			term := start(t, append(ejentoAt(server.url()), test.variables...), test.change, append([]string{"users", "create", "--org-id", "7", "--first-name", "Jane"}, test.args...)...)
			term.exits(2)
			term.Sees("error: role: required (--role STRING)", "email: required (--email STRING)",
				"password: required (--password-stdin, --password-file or --generate-password)", "last_name: required (--last-name STRING)",
				"next: usher users create -p environment --help")
			term.SendsNoQuery()
			if n := len(server.requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// A generated password is shown once, on the terminal. The equivalent command generates a password too.
func TestGeneratedPasswordIsShownOnTheTerminal(t *testing.T) {
	server := serve(t, ejentoCreated())
	term := start(t, ejentoAt(server.url()), nil, "users", "create", "--org-id", "7", "--role", "User", "--email", "jane@example.com", "--first-name", "Jane", "--generate-password")
	term.isAt("Last name (required)")
	term.Types("Doe", termtest.Enter)
	term.Sees("Password             (will be generated)", "Create this user in ")
	term.Types(termtest.Enter)
	term.exits(0)
	shown := regexp.MustCompile(`Password for jane@example\.com \(shown only once\): ([A-Za-z2-9]{20})\n`).FindStringSubmatch(term.View())
	if shown == nil || strings.Count(term.View(), shown[1]) != 1 || !strings.Contains(server.requests()[0].body, `"password":"`+shown[1]+`"`) {
		t.Errorf("the screen shows %q, and the provider got %q:\n%s", shown, server.requests(), term.View())
	}
	term.Sees("--last-name Doe --generate-password")
	term.Lacks("--generate-password --credentials", "--password-stdin")
}

// No command queries the terminal, so that a terminal without responses causes no delay.
func TestNoCommandQueriesTheTerminal(t *testing.T) {
	for _, args := range [][]string{
		{"--help"}, {"version"}, {"profiles", "list"}, {"providers", "show", "sulu"}, {"users", "create", "-p", "sandbox-sulu", "--help"}, {"sandbox", "users"},
		{"users", "create", "-p", "sandbox-sulu", "--email", "ada@example.com", "--ory-id", "1", "--organization", "1"}, {"no-such-command"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			status := 0
			if args[0] == "no-such-command" {
				status = 2
			}
			term := start(t, nil, nil, args...)
			term.exits(status)
			term.SendsNoQuery()
		})
	}
}
