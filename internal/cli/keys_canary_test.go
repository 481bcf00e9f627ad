package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
)

// A new API key is only in its file, even if the provider repeats it: not in a trace, an error, the result, the
// ledger or another file.
func TestNoAPIKeyIsShown(t *testing.T) {
	const key = "sk_live_canary-0123456789abcdef"
	found := answerText("HTTP/1.1 200 OK\n\n" + `{"users":[{"id":"usr_1","email":"ada@example.com"}]}`)
	for _, status := range []int{201, 302, 400, 401, 403, 409, 500} {
		for _, format := range []string{"table", "json", "yaml", "csv", "ndjson"} {
			made := answerText("HTTP/1.1 " + strconv.Itoa(status) + " Whatever\nX-Made: " + key + "\n\n" +
				`{"key":"` + key + `","note":"made ` + key + `","expiresAt":"` + key + `"}`)
			if status != 201 {
				made = answerText("HTTP/1.1 " + strconv.Itoa(status) + " Whatever\n\n" + `{"key":"` + key + `"}`)
			}
			server, err := startRawServer(inOrder(found, made))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "key")
			got := usher(t, map[string]string{"USHER_PROVIDER": "sulu", "USHER_BASE_URL": server.url(), "USHER_TOKEN": "canary-token"},
				"users", "keys", "create", "ada@example.com", "--key-file", file, "-v", "-o", format)
			server.close()
			got.showsNoSecret(t)
			if !strings.Contains(got.stderr, "#2 > POST ") || (got.status == failure.StatusOK) != (status == 201) {
				t.Errorf("%d, %s: exit status %d:\n%s", status, format, got.status, got.stderr)
			}
			kept, err := os.ReadFile(file)
			if status == 201 && string(kept) != key+"\n" || status != 201 && err == nil {
				t.Errorf("%d, %s: the file holds %q (%v)", status, format, kept, err)
			}
		}
	}
}
