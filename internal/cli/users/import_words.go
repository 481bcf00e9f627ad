package users

import "github.com/bring-aboard/usher/internal/progress"

// count gives a number with its noun: "1 row", "10,000 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with commas between the thousands.
func grouped(n int) string { return progress.Number(n) }
