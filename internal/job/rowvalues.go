package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/roster"
)

// mostRandom is the largest number of characters of {random:N}.
const mostRandom = 32

// randomLetters are the characters of {random:N}: 32 lower-case letters and digits without those that look like others.
const randomLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// rowValues returns the values of --set that are not those of a column: {row}, the row's number; {date}, today as
// 2006-01-02; {env:NAME}, a variable that is set; and {random:N}, N random letters and digits, other ones in each run.
func (r *Reader) rowValues() roster.Values {
	today := time.Now().Format(time.DateOnly)
	var seed [sha256.Size]byte
	_, _ = rand.Read(seed[:]) // never returns an error
	return func(name string, row int) (string, bool) {
		kind, argument, _ := strings.Cut(name, ":")
		switch kind {
		case "row":
			return strconv.Itoa(row), argument == ""
		case "date":
			return today, argument == ""
		case "env":
			return r.app.LookupEnv(argument)
		case "random":
			n, err := strconv.Atoi(argument)
			if err != nil || n < 1 || n > mostRandom {
				return "", false
			}
			sum := sha256.Sum256(binary.AppendVarint(seed[:], int64(row)))
			text := make([]byte, n)
			for i := range text {
				text[i] = randomLetters[int(sum[i])%len(randomLetters)]
			}
			return string(text), true
		}
		return "", false
	}
}
