package passwords

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestPasswordsKeepThePolicy(t *testing.T) {
	for _, text := range []string{"", "12", "64", "16,lower,upper,digits,symbols", "12,digits"} {
		policy, err := ParsePolicy(text)
		if err != nil {
			t.Fatalf("ParsePolicy(%q): %v", text, err)
		}
		source, err := NewSource(policy)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for row := range 500 {
			password, err := source.Password(row)
			if err != nil {
				t.Fatal(err)
			}
			if len(password) != policy.Length {
				t.Fatalf("policy %q gave %d characters", text, len(password))
			}
			for _, class := range policy.Classes {
				if !strings.ContainsAny(password, class) {
					t.Fatalf("policy %q: row %d has none of %q", text, row, class)
				}
			}
			if strings.Trim(password, strings.Join(policy.Classes, "")) != "" {
				t.Fatalf("policy %q: row %d has a character of no class", text, row)
			}
			if seen[password] {
				t.Fatalf("policy %q: two rows have one password", text)
			}
			seen[password] = true
			if again, _ := source.Password(row); again != password {
				t.Fatalf("policy %q: row %d has two passwords", text, row)
			}
		}
	}
}

func TestTwoSourcesDiffer(t *testing.T) {
	a, _ := NewSource(DefaultPolicy())
	b, _ := NewSource(DefaultPolicy())
	first, _ := a.Password(1)
	second, _ := b.Password(1)
	if first == second {
		t.Fatal("two sources gave the same password")
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for _, text := range []string{"x", "11", "0", "-3", "1e9", "257", "20,", "20,letters", "20x", "lower"} {
		if _, err := ParsePolicy(text); err == nil {
			t.Errorf("ParsePolicy(%q) took it", text)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, text := range []string{"", "20", "16,lower,upper", "12,digits,symbols", "1,,", "999999999999999999999"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := ParsePolicy(text)
		if err != nil {
			return
		}
		source, err := NewSource(policy)
		if err != nil {
			t.Fatalf("a policy that was read makes no source: %v", err)
		}
		if _, err := source.Password(7); err != nil {
			t.Fatal(err)
		}
	})
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made.csv")
	file, err := Create(path, "email", []string{"password"})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Add(7, "ada@example.com", "pass,word"); err != nil {
		t.Fatal(err)
	}
	if err := file.Finish(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "line,email,password\n7,ada@example.com,\"pass,word\"\n"; string(text) != want {
		t.Errorf("got %q, want %q", text, want)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := Create(path, "email", []string{"password"}); err == nil {
		t.Error("passwords were written over")
	}
}

func TestFileForRecipient(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients, err := ParseRecipients([]string{identity.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "made.csv.age")
	file, err := Create(path, "email", []string{"password"}, recipients...)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Add(2, "ada@example.com", "canary-password"); err != nil {
		t.Fatal(err)
	}
	if err := file.Finish(); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("canary")) {
		t.Fatal("the password stands in the file in clear")
	}
	opened, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(plain)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "canary-password" {
		t.Fatalf("got %v, %v", rows, err)
	}
}

func TestParseRecipientsRefuses(t *testing.T) {
	if _, err := ParseRecipients([]string{"ssh-ed25519 AAAA"}); err == nil {
		t.Error("a text that is no recipient was taken")
	}
}

func TestSecretFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	file, err := NewSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Keep("secret"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "secret\n" {
		t.Errorf("got %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v", info.Mode(), err)
	}
	if _, err := NewSecretFile(path); err == nil {
		t.Error("it is written over")
	}
	if err := file.Keep("again"); err == nil {
		t.Error("a secret that could not be written counts as kept")
	}

	other, err := NewSecretFile(path + "2")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + "2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is left behind: %v", err)
	}
}

// The file is opened in spreadsheets: no key and no password is a formula there.
func TestNoFormulaIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made.csv")
	file, err := Create(path, "email", []string{"password"})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`=HYPERLINK("https://example.com")`, "+1", "-1", "@a", "\t=1", "a\x1b]0;x\a"} {
		if err := file.Add(2, key, "p"); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Finish(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 7 || bytes.ContainsAny(text, "\x1b\a") {
		t.Fatalf("got %q, %v", rows, err)
	}
	for _, row := range rows {
		if strings.ContainsAny(row[1][:1], "=+-@\t") {
			t.Errorf("%q is a formula", row[1])
		}
	}

	for _, text := range []string{"12,symbols", "16,lower,upper,digits,symbols"} {
		policy, err := ParsePolicy(text)
		if err != nil {
			t.Fatal(err)
		}
		source, err := NewSource(policy)
		if err != nil {
			t.Fatal(err)
		}
		for row := range 500 {
			if password, err := source.Password(row); err != nil || strings.ContainsAny(password[:1], "=+-@") {
				t.Fatalf("policy %q gave %q, %v", text, password, err)
			}
		}
	}
}

func TestPasswordOfFormulaStartsAlone(t *testing.T) {
	password := []byte("=+-@")
	leadSafely(password)
	if string(password) != "!+-@" {
		t.Errorf("got %q", password)
	}
}
