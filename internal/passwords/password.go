// Package passwords generates passwords by a policy, and writes them where only the administrator can read them.
package passwords

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Policy describes generated passwords.
type Policy struct {
	// Length is the number of characters.
	Length int
	// Classes are the sets of characters that it consists of; it has at least one of each.
	Classes []string
}

// The classes of characters. Those that are easily confused (0 and O, 1, l and I) are omitted.
const (
	Lower   = "abcdefghijkmnopqrstuvwxyz"
	Upper   = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	Digits  = "23456789"
	Symbols = "!#%*+-=?@_"
)

// formulaStarts are the symbols that begin a formula.
const formulaStarts = "=+-@"

// shortest is the minimum length of a generated password.
const shortest = 12

// DefaultPolicy is 20 characters of lower case, upper case and digits.
func DefaultPolicy() Policy {
	return Policy{Length: 20, Classes: []string{Lower, Upper, Digits}}
}

// ParsePolicy reads a policy such as "24" or "16,lower,upper,digits,symbols".
// An empty text is the default policy.
func ParsePolicy(text string) (Policy, error) {
	policy := DefaultPolicy()
	if text == "" {
		return policy, nil
	}
	words := strings.Split(text, ",")
	if _, err := fmt.Sscanf(words[0], "%d", &policy.Length); err != nil || fmt.Sprint(policy.Length) != strings.TrimSpace(words[0]) {
		return Policy{}, fmt.Errorf("password policy %q: must begin with a length, for example 20 or 16,lower,upper,digits,symbols", text)
	}
	if len(words) > 1 {
		policy.Classes = nil
	}
	for _, word := range words[1:] {
		class, ok := map[string]string{"lower": Lower, "upper": Upper, "digits": Digits, "symbols": Symbols}[strings.TrimSpace(word)]
		if !ok {
			return Policy{}, fmt.Errorf("password policy %q: unknown class %q: must be one of lower, upper, digits, symbols", text, word)
		}
		policy.Classes = append(policy.Classes, class)
	}
	if policy.Length < shortest || policy.Length > 256 {
		return Policy{}, fmt.Errorf("password policy %q: the length must be from %d to 256", text, shortest)
	}
	return policy, nil
}

// Source derives passwords. The same source returns the same password for the same row, so that the passwords of a
// whole roster do not have to stay in memory between writing the file and sending the requests.
type Source struct {
	policy Policy
	seed   []byte
}

// NewSource returns a new source with a random seed that never leaves the process.
func NewSource(policy Policy) (*Source, error) {
	if len(policy.Classes) == 0 || policy.Length < len(policy.Classes) {
		return nil, errors.New("password policy: at least one class is required, and a length of at least the number of classes")
	}
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	return &Source{policy: policy, seed: seed}, nil
}

// Password returns the password of a row.
func (s *Source) Password(row int) (string, error) {
	info := string(binary.BigEndian.AppendUint64([]byte("usher password "), uint64(row)))
	// There are two draws a character, and rejection sampling takes some 1.5 bytes a draw: this is ten times the need.
	stream, err := hkdf.Key(sha256.New, s.seed, nil, info, min(32*s.policy.Length, 255*sha256.Size))
	if err != nil {
		return "", err
	}
	draw := drawer(stream)
	all := strings.Join(s.policy.Classes, "")
	password := make([]byte, s.policy.Length)
	for i := range password {
		set := all
		if i < len(s.policy.Classes) {
			set = s.policy.Classes[i]
		}
		n, err := draw.below(len(set))
		if err != nil {
			return "", err
		}
		password[i] = set[n]
	}
	for i := len(password) - 1; i > 0; i-- {
		j, err := draw.below(i + 1)
		if err != nil {
			return "", err
		}
		password[i], password[j] = password[j], password[i]
	}
	leadSafely(password)
	return string(password), nil
}

// leadSafely puts a character first with which no spreadsheet takes the password for a formula.
func leadSafely(password []byte) {
	for i, c := range password {
		if !strings.ContainsRune(formulaStarts, rune(c)) {
			password[0], password[i] = c, password[0]
			return
		}
	}
	password[0] = Symbols[0]
}

// drawer draws unbiased numbers from a stream of random bytes.
type drawer []byte

func (d *drawer) below(n int) (int, error) {
	most := 256 - 256%n
	for len(*d) > 0 {
		b := int((*d)[0])
		*d = (*d)[1:]
		if b < most {
			return b % n, nil
		}
	}
	return 0, io.ErrUnexpectedEOF
}
