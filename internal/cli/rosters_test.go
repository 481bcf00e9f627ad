package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-shellwords"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
)

// expectation is the expected result of the commands on a small roster.
type expectation struct {
	// statuses are the exit statuses of the commands.
	statuses []int
	// users are the users of the sandbox afterwards, without values of the server, sorted.
	users []string
	// said are required texts in standard error of the last command: a place, a flag, a code point.
	said []string
	// unsaid are texts that must not be there.
	unsaid []string
}

// created returns the expectation of status 0 and these users.
func created(users ...string) expectation { return expectation{statuses: []int{0}, users: users} }

// refused returns the expectation of status 2, no user, and these texts in the message.
func refused(said ...string) expectation { return expectation{statuses: []int{2}, said: said} }

// saying returns the expectation with more texts in the message.
func (e expectation) saying(said ...string) expectation {
	e.said = append(e.said, said...)
	return e
}

// rosterCases returns the expectations for testdata/rosters/cases.tsv, by id.
func rosterCases() map[string]expectation {
	a3 := `"displayName":"Zoë Müller","name":{"familyName":"Müller","givenName":"Zoë"},"phoneNumbers":[{"value":"0049301234"}],"userName":`
	shiftJIS := `{"displayName":"表田 太郎","name":{"familyName":"表田","givenName":"太郎"},"phoneNumbers":[{"value":"0049301234"}],"userName":"a9@example.com"}`
	polish := `{"displayName":"Łukasz Żółć","name":{"familyName":"Błaszczykowski","givenName":"Zbigniew"},"phoneNumbers":[{"value":"0049301234"}],"userName":"a6@example.com"}`
	phones := `{"phoneNumbers":[{"type":"work","value":"+49 1"},{"type":"mobile","value":"+49 2"}],"userName":"zoe"}`
	address := `{"addresses":[{"country":"DE","locality":"Berlin","postalCode":"10115","streetAddress":"Hauptstr. 1"}],"department":"IT",` +
		`"emails":[{"value":"zoe@example.com"}],"name":{"familyName":"Müller","givenName":"Zoë"},"userName":"zoe"}`
	return map[string]expectation{
		"A03":          created(`{`+a3+`"a3@example.com"}`, `{`+a3+`"a4@example.com"}`).saying("a03-cat.csv:3"),
		"A06":          refused("a06-1250.csv:2", "--encoding windows-1250", "£ukasz ¯ó³æ"),
		"A09":          refused("a09-sjis.csv:2", "--encoding shift_jis"),
		"A13":          refused("a13-850.csv:2", "0x81", "--encoding"),
		"A17":          created(`{"name":{"givenName":"Zoe"},"userName":"a17@example.com"}`).saying("a17-type.csv:1"),
		"A2-shift_jis": created(shiftJIS),
		"A2-latin2":    created(polish),
		"B22":          created(`{"name":{"givenName":"Zoe"},"userName":"b22@example.com"}`).saying("b22.csv:1", "b22.csv:3"),
		"B24":          refused("b24.csv:2:17", "--ignore-column B"),
		"B24i":         created(`{"name":{"givenName":"Zoe"},"userName":"b24@example.com"}`),
		"B25":          refused("b25.csv:2:1", "--ignore-column A"),
		"B28":          refused("b28.csv:2:23", "space"),
		"B36":          refused("b36.csv:2:5", "U+200B"),
		"B50":          refused("b50.csv:2:1", "U+000D"),
		"B51":          created(`{"userName":"b51@example.com"}`),
		"B55":          refused("b55.csv:2:5", "U+FFFD"),
		"B57":          refused("b57.csv:52:", "0x"),
		"B62":          created(`{"name":{"familyName":"M","givenName":"Zoe"},"userName":"b62@example.com"}`).saying("b62.csv:2"),
		"B71":          created(`{"name":{"givenName":"'Zoe"},"phoneNumbers":[{"value":"004930123"}],"userName":"b71@example.com"}`).saying("b71.csv:2:17", "b71.csv:2:22"),
		"B72":          created(`{"name":{"givenName":"Zoe"},"phoneNumbers":[{"value":"004930123"}],"userName":"b72@example.com"}`).saying("b72.csv:2:21"),
		"B73": created(`{"name":{"familyName":"(null)","givenName":"nan"},"phoneNumbers":[{"value":"none"}],"userName":"b73b@example.com"}`,
			`{"name":{"familyName":"N/A","givenName":"NULL"},"phoneNumbers":[{"value":"-"}],"userName":"b73@example.com"}`).saying(`"NULL"`, `"N/A"`, `"nan"`, `"(null)"`, `"none"`, `"-"`),
		"B76": created(
			`{"active":false,"userName":"b76-11@example.com"}`, `{"active":false,"userName":"b76-1@example.com"}`, `{"active":false,"userName":"b76-3@example.com"}`,
			`{"active":true,"userName":"b76-0@example.com"}`, `{"active":true,"userName":"b76-10@example.com"}`, `{"active":true,"userName":"b76-2@example.com"}`,
			`{"active":true,"userName":"b76-4@example.com"}`, `{"active":true,"userName":"b76-5@example.com"}`, `{"active":true,"userName":"b76-6@example.com"}`,
			`{"active":true,"userName":"b76-7@example.com"}`, `{"active":true,"userName":"b76-8@example.com"}`, `{"active":true,"userName":"b76-9@example.com"}`),
		"B77":  {statuses: []int{2}, said: []string{"300", "--ignore-other-columns"}, unsaid: []string{`"c20"`, "c299"}},
		"B77i": created(`{"userName":"b77@example.com"}`).saying("300"),
		"B81":  created(`{"name":{"givenName":"Zoe"},"userName":"b81@example.com"}`),
		"C02": created(
			`{"displayName":"D","employeeNumber":"0.1","name":{"familyName":"M","givenName":"Z"},"phoneNumbers":[{"value":"+49 301234567"}],"userName":"c02c@example.com"}`,
			`{"displayName":"D","employeeNumber":"00123","name":{"familyName":"M","givenName":"Z"},"phoneNumbers":[{"value":"4930123456789"}],"userName":"c02@example.com"}`,
		).saying("c02-numbers.xlsx:Sheet!E2", "Sheet!E6"),
		"C04":  refused("c04-title.xlsx:Sheet!A1", "--header-row 4"),
		"C04h": created(`{"displayName":"D","employeeNumber":"2","name":{"familyName":"M","givenName":"Z"},"phoneNumbers":[{"value":"1"}],"userName":"c04@example.com"}`),
		"C08":  refused("Read me", "People", "--sheet People"),
		"C08s": created(`{"displayName":"D","employeeNumber":"2","name":{"familyName":"M","givenName":"Z"},"phoneNumbers":[{"value":"1"}],"userName":"c08@example.com"}`).saying("Read me"),
		"C10":  created(`{"displayName":"D","employeeNumber":"2","name":{"familyName":"M","givenName":"Z"},"phoneNumbers":[{"value":"1"}],"userName":"c10@example.com"}`).saying("c10-totals.xlsx:Sheet!3"),
		"C13":  created(`{"department":"IT","name":{"givenName":"Y"},"userName":"c13b@example.com"}`, `{"department":"IT","name":{"givenName":"Z"},"userName":"c13@example.com"}`).saying("C3"),
		"C20s": {statuses: []int{3}, users: []string{`{"displayName":"Shown name","name":{"givenName":"TRUE"},"userName":"c20b@example.com"}`}},
		"C03b": refused("Sheet!B2", "Sheet!D2"),
		"C03c": refused("Sheet!B2", "Sheet!D2"),
		"K01":  refused("k01.csv:1:22", "Email (Manager)"),
		"K04":  {statuses: []int{2}, said: []string{"k04.csv:1:1", "--ignore-column User.ID"}, unsaid: []string{"--ignore-column User.Login"}},
		"K04i": refused("userName"),
		"K04l": created(`{"emails":[{"value":"zoe@example.com"}],"name":{"familyName":"M","givenName":"Zoe"},"userName":"zoe@example.com"}`),
		"K05":  created(`{"active":true,"displayName":"Zoe M","name":{"givenName":"Zoe"},"userName":"zoe@example.com"}`).saying("k05.csv:1"),
		"K08":  created(address), "K08m": created(address),
		"K11":  refused("k11.csv:1:1", "Nickname"),
		"K12":  {statuses: []int{2}, said: []string{"k12.csv:1:28", "State", "--ignore-column"}, unsaid: []string{"verifiable_addresses"}},
		"K15":  {statuses: []int{2}, said: []string{"部署", "--ignore-column '部署'"}, unsaid: []string{"姓", "名", "メールアドレス", "電話番号"}},
		"K16":  created(phones),
		"K16m": created(`{"phoneNumbers":[{"value":"+49 1"},{"value":"+49 2"}],"userName":"zoe"}`),
		"K16t": created(`{"phoneNumbers":[{"type":"home","value":"+49 1"},{"type":"mobile","value":"+49 2"}],"userName":"zoe"}`),
		"K17":  refused("k17.ldif", "LDIF"),
		"K18":  refused("k18.vcf", "vCard"),
		"J01":  created(`{"active":true,"emails":[{"value":"zoe@example.com"}],"name":{"familyName":"M","givenName":"Zoë"},"userName":"zoe"}`).saying(`"users"`, `"realm"`),
		"J03":  created(`{"name":{"givenName":"Zoe"},"userName":"zoe"}`).saying(`"Resources"`),
		"J20":  refused("j20.json:1", "U+0000"),
		"J23":  created(`{"userName":"zoe"}`).saying(`"user"`),
		"Y06":  created(`{"userName":"y06"}`, `{"userName":"y06b"}`).saying(`"users"`),
		"B90": created(`{"name":{"givenName":"Z"},"userName":"b90-0@example.com"}`, `{"name":{"givenName":"Z"},"userName":"b90-1@example.com"}`,
			`{"name":{"givenName":"Z"},"userName":"b90-2@example.com"}`).saying("b90.csv:2"),
		"M09s": refused("m09s.csv:2:1"),
		"M14":  created(`{"emails":[{"value":"X@example.com"}],"userName":"m14b"}`, `{"emails":[{"value":"x@example.com"}],"userName":"m14a"}`).saying("m14.csv:3"),
		"M18":  created(`{"name":{"givenName":"Z"},"userName":"m18a@example.com"}`).saying(`"Paris"`),
		"M21":  refused("m21.xlsx:Sheet!A4", "m21.xlsx:Sheet!A5"),
		"M22":  created(`{"employeeNumber":"7123456789012346000","phoneNumbers":[{"value":"1701234567"}],"userName":"m22@example.com"}`).saying("m22.xlsx:Sheet!B2"),
		"K30":  refused("k30.csv:1:16", "Type"),
		"K35":  created(`{"employeeNumber":"8","userName":"zoe"}`).saying("EmployeeID"),
		"P3-d20-exceljs.xlsx": {statuses: []int{3, 2}, said: []string{"err-d20-exceljs.xlsx:People!F2"},
			users: []string{`{"employeeNumber":"x","name":{"givenName":"Zoë"},"phoneNumbers":[{"value":"2"}],"userName":"d20b@example.com"}`}},
		"B100": refused("b100.csv:2:18", "b100.csv:2:23", "b100.csv:3:19"),
		"K40": created(`{"phoneNumbers":[{"value":"+49 30 1;ext=2"}],"userName":"k40c@example.com"}`, `{"phoneNumbers":[{"value":"Büro: +49 30 1"}],"userName":"k40d@example.com"}`,
			`{"phoneNumbers":[{"value":"Tel: +49 30 1"}],"userName":"k40b@example.com"}`, `{"phoneNumbers":[{"value":"tel:+4930123"}],"userName":"k40@example.com"}`),
		"K43":    created(`{"roles":[{"value":"group:admin"}],"userName":"k43@example.com"}`, `{"roles":[{"value":"urn:example:role"}],"userName":"k43b@example.com"}`),
		"B37":    refused("b37.csv:3:1", "U+200B"),
		"P5-p21": {statuses: []int{0, 2}, users: []string{`{"name":{"givenName":"Miller"},"userName":"zoe@example.com"}`}},
		"A06e":   created(polish),
		"A09e":   created(shiftJIS),
		"A13e":   created(`{"displayName":"Zoë Müller","name":{"familyName":"Müller","givenName":"Zoë"},"phoneNumbers":[{"value":"0049301234"}],"userName":"a13@example.com"}`),
		"B25i":   created(`{"name":{"givenName":"Ann"},"userName":"b25b@example.com"}`, `{"name":{"givenName":"Zoe"},"userName":"b25@example.com"}`),
	}
}

// TestRosterCases imports small rosters with the traits of real ones into the sandbox.
func TestRosterCases(t *testing.T) {
	const least = 73 // constant: a shorter table must not pass
	table, err := os.ReadFile("testdata/rosters/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	expected := rosterCases()
	if len(lines) < least || len(expected) != len(lines) {
		t.Fatalf("%d lines and %d expectations, want %d or more of each", len(lines), len(expected), least)
	}
	for _, line := range lines {
		id, rest, _ := strings.Cut(line, "\t")
		commands, _, _ := strings.Cut(rest, "\t")
		want, ok := expected[id]
		if !ok {
			t.Errorf("%s: no expectation", id)
			continue
		}
		t.Run(id, func(t *testing.T) { runRosterCase(t, commands, want) })
	}
}

func runRosterCase(t *testing.T, commands string, want expectation) {
	t.Helper()
	rosterStage(t)
	var statuses []int
	var last, profile string
	for command := range strings.SplitSeq(commands, " ; ") {
		words, err := shellwords.Parse(command)
		if err != nil {
			t.Fatal(err)
		}
		profile = words[slices.Index(words, "-p")+1]
		status, _, stderr := runHere(words[1:])
		statuses, last = append(statuses, status), stderr
	}
	if !slices.Equal(statuses, want.statuses) {
		t.Errorf("exit statuses %v, want %v", statuses, want.statuses)
	}
	got := sandboxUsers(t, profile)
	if want.users == nil {
		want.users = []string{}
	}
	if strings.HasPrefix(t.Name(), "TestRosterCases/C02") || strings.HasPrefix(t.Name(), "TestRosterCases/B77i") {
		for _, user := range want.users {
			if !slices.ContainsFunc(got, func(one string) bool { return one == user }) {
				t.Errorf("user missing: %s", user)
			}
		}
	} else if slices.Sort(want.users); !slices.Equal(got, want.users) {
		t.Errorf("users of the sandbox:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want.users, "\n"))
	}
	for _, piece := range want.said {
		if !strings.Contains(last, piece) {
			t.Errorf("not said: %s", piece)
		}
	}
	for _, piece := range want.unsaid {
		if strings.Contains(last, piece) {
			t.Errorf("said: %s", piece)
		}
	}
	if t.Failed() {
		t.Logf("standard error:\n%s", last)
	}
}

// rosterStage sets the working directory to a copy of the rosters, with a new home directory.
func rosterStage(t *testing.T) {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(filepath.Join(work, "files"), os.DirFS("testdata/rosters")); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"HOME": work, "XDG_CONFIG_HOME": filepath.Join(work, "config"), "XDG_STATE_HOME": filepath.Join(work, "state"), "XDG_CACHE_HOME": filepath.Join(work, "cache"),
		"USHER_STATE_DIR": filepath.Join(work, "state"), "USHER_CONFIG": filepath.Join(work, "config.yaml"),
	} {
		t.Setenv(name, value)
	}
	t.Chdir(filepath.Join(work, "files"))
}

// runHere runs a command line in this process, in the working directory.
func runHere(args []string) (status int, stdout, stderr string) {
	streams, _, out, err := term.Test()
	status = run(args, streams, app.Build{Version: "test"}, quick)
	return status, out.String(), err.String()
}

// sandboxUsers returns the users of the sandbox as JSON, without values of the server.
func sandboxUsers(t *testing.T, profile string) []string {
	t.Helper()
	status, stdout, stderr := runHere([]string{"sandbox", "users", strings.TrimPrefix(profile, "sandbox-"), "-o", "json"})
	var list []struct {
		Document map[string]any `json:"document"`
	}
	if err := json.Unmarshal([]byte(stdout), &list); status != 0 || err != nil {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	users := []string{}
	for _, user := range list {
		const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
		if extension, ok := user.Document[enterprise].(map[string]any); ok {
			for name, value := range extension {
				user.Document[name] = value
			}
		}
		for _, name := range []string{"id", "meta", "schemas", "createdAt", "updatedAt", "object", enterprise} {
			delete(user.Document, name)
		}
		text, err := json.Marshal(user.Document)
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, string(text))
	}
	slices.Sort(users)
	return users
}

// TestAGuessedEncodingIsConfirmedOnATerminal answers the question about the encoding, which --yes does not answer.
func TestAGuessedEncodingIsConfirmedOnATerminal(t *testing.T) {
	for answer, want := range map[string]int{"y\n": 0, "n\n": 2, "\n": 2} {
		t.Run(strings.TrimSpace(answer), func(t *testing.T) {
			rosterStage(t)
			streams, in, _, shown := term.Test(term.WithTerminals(true, true, true), term.WithWidth(100))
			in.WriteString(answer)
			status := run([]string{"users", "import", "a06-1250.csv", "-p", "sandbox-scim", "--yes"}, streams, app.Build{Version: "test"}, quick)
			if status != want || !strings.Contains(shown.String(), "£ukasz ¯ó³æ") || len(sandboxUsers(t, "sandbox-scim")) != 1-want/2 {
				t.Errorf("status %d\n%s", status, shown)
			}
		})
	}
}
