package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// An import writes no secret that the provider repeats: not to its output, the ledger, results, the report for CI
// servers, or annotations. The file of failed rows contains the columns of the roster, including the password; only
// the administrator can read it.
func TestNoSecretIsReported(t *testing.T) {
	rosters := map[string]string{
		"sulu":   "email,oryId,organization\na@example.com,ory-1,org-1\nb@example.com,ory-2,org-1\n",
		"ejento": "org_id,role,email,first_name,last_name,password\n1,User,a@example.com,A,L,canary-password1\n1,User,b@example.com,B,L,canary-password2\n",
	}
	for _, s := range subjects() {
		text, ok := rosters[s.provider]
		if !ok {
			continue
		}
		for _, status := range []int{201, 302, 400, 401, 403, 409, 422, 500} {
			t.Run(s.provider+" "+strconv.Itoa(status), func(t *testing.T) {
				server, err := startRawServer(func(_ int, request rawRequest) answer {
					if strings.HasPrefix(request.head, "GET ") {
						return answerText(s.absent)
					}
					return echo(status, request)
				})
				if err != nil {
					t.Fatal(err)
				}
				defer server.close()
				folder := t.TempDir() // its files are searched for secrets by name
				at := func(name string) string { return filepath.Join(folder, name) }
				if err := os.WriteFile(at("people.csv"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				variables := map[string]string{"USHER_PROVIDER": s.provider, "USHER_BASE_URL": server.url(), "GITHUB_ACTIONS": "true"}
				for name, value := range s.variables {
					variables[name] = value
				}
				got := usher(t, variables, "users", "import", at("people.csv"), "--yes", "-v", "--max-failures", "0", "-o", "json",
					"--results", at("results.ndjson"), "--junit", at("junit.xml"), "--failed", at("failed.csv"))
				got.showsNoSecret(t)
				if !strings.Contains(got.stderr, "#1 > ") {
					t.Errorf("exit status %d:\n%s", got.status, got.stderr)
				}
				for _, name := range []string{"results.ndjson", "junit.xml", "failed.csv"} {
					text, err := os.ReadFile(at(name))
					info, statErr := os.Stat(at(name))
					if err != nil || statErr != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
						t.Fatalf("%s: %v, %v, %v", name, info, err, statErr)
					}
					shown := strings.NewReplacer(",canary-password1,", "", ",canary-password2,", "").Replace(string(text))
					if name != "failed.csv" {
						shown = string(text)
					}
					for _, canary := range canaries() {
						if strings.Contains(shown, canary) {
							t.Errorf("%s holds a secret:\n%s", name, shown)
						}
					}
				}
			})
		}
	}
}
