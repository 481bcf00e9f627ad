package job

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/roster"
)

// countPrefix begins the name of a roster of so many rows without values, for rules of --set.
const countPrefix = "count:"

// mostCounted is the largest number of rows of such a roster.
const mostCounted = 100_000

// IsMade reports whether a roster is no file: the users of a profile, a number of rows, or keys.
func IsMade(file string) bool {
	_, isProfile := IsProfile(file)
	return isProfile || strings.HasPrefix(file, countPrefix) || file == keysRoster
}

// CountRoster returns the name of a roster of so many rows without values.
func CountRoster(rows int) string { return countPrefix + strconv.Itoa(rows) }

// countSource returns the rows of a roster that is a number.
func countSource(file string) (roster.Source, error) {
	rows, err := strconv.Atoi(strings.TrimPrefix(file, countPrefix))
	if err != nil || rows < 1 || rows > mostCounted {
		return roster.Source{}, failure.Refuse(fmt.Errorf("%s: must be %sNUMBER, from 1 to %d", file, countPrefix, mostCounted), "usher users import "+CountRoster(5)+" --set FIELD=RULE")
	}
	return roster.Stream(file, strings.NewReader(strings.Repeat("{}\n", rows))), nil
}
