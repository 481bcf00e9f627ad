package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// mostRandom is the largest number of characters of {random:N}.
const mostRandom = 32

// randomLetters are the characters of {random:N}: 32 lower-case letters and digits without those that look like others.
const randomLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// rowValues returns the values of --set that are not those of a column: {row}, the row's number; {date}, today as
// 2006-01-02; {env:NAME}, a variable that is set; and {random:N}, N letters and digits by the seed and the row.
func (r *Reader) rowValues() roster.Values {
	today := time.Now().Format(time.DateOnly)
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
			sum := sha256.Sum256(binary.AppendVarint([]byte(r.Seed), int64(row)))
			text := make([]byte, n)
			for i := range text {
				text[i] = randomLetters[int(sum[i])%len(randomLetters)]
			}
			return string(text), true
		}
		return "", false
	}
}

// checkRules returns an error for rules that give other values when the command is run again: its users would be created
// once more, under other keys.
func (r *Reader) checkRules(set map[string]string, table schema.Table, key string) error {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		for _, value := range roster.TemplateNames(set[name]) {
			field, _ := table.Match(name)
			switch kind, _, _ := strings.Cut(value, ":"); {
			case kind == "random" && r.Seed == "":
				return failure.Refuse(fmt.Errorf("--set %s: {%s} requires --seed, so that the same command gives the same values again", name, value), r.with("--seed "+rand.Text()))
			case kind == "date" && field.Name == key:
				return failure.Refuse(fmt.Errorf("--set %s: {date} cannot be part of the key, because tomorrow the same command would create other users", name),
					failure.Note("use a value that stays, for example {env:NAME}"))
			}
		}
	}
	return nil
}
