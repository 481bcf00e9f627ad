package cli

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak/leaktest"
)

const (
	formsPassword = "Gruß/2026 <Wien>'&ok(1)"
	formsToken    = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
)

// formMessages returns the messages of a provider, by row number. Each repeats one secret in one form. The marker of
// a message shows whether the message was printed: one that may contain a secret must be omitted entirely.
func formMessages() []string {
	var messages []string
	for _, secret := range []string{formsPassword, formsToken} {
		for _, form := range leaktest.Forms() {
			messages = append(messages, fmt.Sprintf("marker-%d: %s", len(messages), form.Of(secret)))
		}
	}
	return append(messages, "marker-ordinary: the role is unknown", "marker-ordinary: the organization is unknown")
}

// refuseInForm returns the refusal of a create with the message of its row, repeated in a header if possible.
func refuseInForm(messages []string, request rawRequest) answer {
	var sent struct {
		Email string `json:"email"`
	}
	var row int
	if err := json.Unmarshal([]byte(request.body), &sent); err != nil {
		panic(err)
	}
	if _, err := fmt.Sscanf(sent.Email, "row%d@", &row); err != nil {
		panic(err)
	}
	body, err := json.Marshal(map[string]any{"success": false, "message": messages[row], "data": map[string]any{"echo": messages[row]}})
	if err != nil {
		panic(err)
	}
	head := "HTTP/1.1 400 Bad Request\nContent-Type: application/json"
	if strings.IndexFunc(messages[row], unicode.IsControl) < 0 {
		head += "\nX-Echo: " + messages[row]
	}
	return answerText(head + "\n\n" + string(body))
}

// No message in which a provider repeats a secret, in any form, is shown or stored: not with --verbose, in the
// ledger, in results, in the report for CI servers, in failed rows, or in annotations. Messages without a secret are.
func TestNoFormOfASecretIsShownOrStored(t *testing.T) {
	messages := formMessages()
	server, err := startRawServer(func(_ int, request rawRequest) answer { return refuseInForm(messages, request) })
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	var roster strings.Builder
	roster.WriteString("org_id,role,email,first_name,last_name,password\n")
	for row := range messages {
		fmt.Fprintf(&roster, "1,User,row%d@example.com,A,L,%s\n", row, formsPassword)
	}
	if err := os.WriteFile(at("people.csv"), []byte(roster.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got := usher(t, map[string]string{
		"USHER_PROVIDER": "ejento", "USHER_BASE_URL": server.url(), "USHER_TOKEN": formsToken, "USHER_SUBSCRIPTION_KEY": "canary-subscription",
		"GITHUB_ACTIONS": "true",
	}, "users", "import", at("people.csv"), "--yes", "-v", "--max-failures", "0",
		"--results", at("results.csv"), "--junit", at("junit.xml"), "--failed", at("failed.csv"))
	if got.status != failure.StatusPartial || len(server.requests()) != len(messages) {
		t.Errorf("exit status %d after %d requests", got.status, len(server.requests()))
	}
	rows := usher(t, map[string]string{"USHER_STATE_DIR": filepath.Join(got.home, "state")}, "runs", "rows", "last", "-o", "json")
	shown := map[string]string{"standard output": got.stdout, "standard error": got.stderr, "runs rows": rows.stdout}
	for _, name := range []string{"results.csv", "junit.xml", "failed.csv"} {
		shown[name] = readAll(t, at(name))
	}
	err = filepath.WalkDir(got.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			shown["state"] += readAll(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range shown {
		for row, message := range messages {
			marker, _, _ := strings.Cut(message, ":")
			isSecret := marker != "marker-ordinary"
			if has := strings.Contains(text, marker+":"); isSecret && has || !isSecret && !has && name != "failed.csv" && name != "standard output" {
				t.Errorf("%s: row %d: %q is shown: %t", name, row, message, has)
			}
		}
		if name != "failed.csv" && (strings.Contains(text, formsPassword) || strings.Contains(text, formsToken)) {
			t.Errorf("%s has a secret", name)
		}
	}
}

func readAll(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
