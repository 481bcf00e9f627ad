package intake

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/scratch"
)

// The scratch file has the records, and no password in any form.
func TestTheScratchFileHoldsNoSecret(t *testing.T) {
	t.Parallel()
	const rows = 2000
	password := func(row int) string { return fmt.Sprintf("correct-horse-%d-battery", row) }
	var csv strings.Builder
	csv.WriteString("email,name,password\n")
	for row := range rows {
		email := fmt.Sprintf("person%d@example.com", row)
		if row%100 == 0 {
			email = "nobody" // a row with faults
		}
		fmt.Fprintf(&csv, "%s,Person %d,%s\n", email, row, password(row))
	}
	s := newStage(t, acme(), csv.String())
	s.SkipInvalid = true
	s.read()
	content := string(scratchContent(t, s.Plan.Scratch().Path()))
	for _, email := range []string{"person1@example.com", fmt.Sprintf("person%d@example.com", rows-1)} {
		if !strings.Contains(content, email) {
			t.Fatalf("the file lacks %s", email)
		}
	}
	for row := range rows {
		for _, form := range []string{password(row), base64.StdEncoding.EncodeToString([]byte(password(row))), hex.EncodeToString([]byte(password(row)))} {
			if strings.Contains(content, form) {
				t.Fatalf("the file has %q", form)
			}
		}
	}
	for _, part := range []string{"correct-horse", "battery", base64.StdEncoding.EncodeToString([]byte("correct-horse"))[:16]} {
		if strings.Contains(content, part) {
			t.Errorf("the file has %q", part)
		}
	}
	client := &maker{}
	_, _, err := s.carryOut(client, quick())
	check(t, err)
	if len(client.made) != rows-rows/100 {
		t.Errorf("%d users were made", len(client.made))
	}
	for _, record := range client.made {
		var row int
		if _, err := fmt.Sscanf(record.Text("email"), "person%d@", &row); err != nil || record.Text("password") != password(row) {
			t.Fatalf("sent %v, %v", record, err)
		}
	}
}

// scratchContent reads the open file of this process that had a name.
func scratchContent(t *testing.T, name string) []byte {
	t.Helper()
	if !strings.HasPrefix(filepath.Base(name), scratch.Prefix) {
		t.Fatalf("%s is no scratch file", name)
	}
	descriptors, err := filepath.Glob("/proc/self/fd/*")
	check(t, err)
	for _, descriptor := range descriptors {
		if to, err := os.Readlink(descriptor); err == nil && to == name+" (deleted)" {
			content, err := os.ReadFile(descriptor)
			check(t, err)
			return content
		}
	}
	t.Fatal("the scratch file is not open, or it has a name")
	return nil
}
