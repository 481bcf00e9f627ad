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
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// mostRandom is the largest number of characters of {random:N}.
const mostRandom = 32

// randomLetters are the characters of {random:N}: 32 lower-case letters and digits without those that look like others.
const randomLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// RunFlag is the flag of a repeated command with the value of [Roster].Run.
const RunFlag = "run-id"

// rowValues returns the values of --set that are not those of a column: {row}, the row's number; {date}, today as
// 2006-01-02; {env:NAME}, a variable that is set; {random:N}, N letters and digits by the seed and the row; and {run}, the
// end of the run's id.
func (r *Reader) rowValues() roster.Values {
	today := time.Now().Format(time.DateOnly)
	return func(name string, row int) (string, bool) {
		kind, argument, _ := strings.Cut(name, ":")
		switch kind {
		case "row":
			return strconv.Itoa(row), argument == ""
		case "date":
			return today, argument == ""
		case "run":
			return r.Run[strings.LastIndexByte(r.Run, '-')+1:], argument == ""
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
	numbered := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		for _, value := range roster.TemplateNames(set[name]) {
			field, _ := table.Match(name)
			switch kind, _, _ := strings.Cut(value, ":"); {
			case value == roster.NumberName:
				numbered[field.Name] = true
			case kind == "random" && r.Seed == "":
				return failure.Refuse(fmt.Errorf("--set %s: {%s} requires --seed, so that the same command gives the same values again", name, value), r.with("--seed "+rand.Text()))
			case value == "run":
				if err := r.nameRun(name, field.Name == key); err != nil {
					return err
				}
			case kind == "date" && field.Name == key:
				return failure.Refuse(fmt.Errorf("--set %s: {date} cannot be part of the key, because tomorrow the same command would create other users", name),
					failure.Note("use a value that stays, for example {env:NAME}"))
			}
		}
	}
	return r.checkNumbered(numbered, key)
}

// nameRun chooses the id of the run, whose end is the value of {run}, unless the command repeats another run.
func (r *Reader) nameRun(name string, isKey bool) error {
	switch {
	case isKey:
		return failure.Refuse(fmt.Errorf("--set %s: {run} cannot be part of the key, because the same command would create other users", name),
			failure.Note("use a value that stays, for example {env:NAME}, or {random:8} with --seed"))
	case !r.creates, r.updates, len(r.others) > 0:
		return failure.Refuse(fmt.Errorf("--set %s: {run} requires an import into one profile that updates no user, because each run has another value", name))
	case r.Run == "":
		r.Run = ledger.NewRunID(time.Now())
	}
	return nil
}

// checkNumbered returns an error unless the numbers of these fields, in rules with {n}, can be those of people without a
// key.
func (r *Reader) checkNumbered(numbered map[string]bool, key string) error {
	const number = "{" + roster.NumberName + "}"
	switch {
	case len(numbered) == 0 && len(r.IdentifyBy) == 0:
		return nil
	case !numbered[key]:
		return failure.Refuse(fmt.Errorf("--identify-by and %s require a rule with %s for %s", number, number, key), r.with(fmt.Sprintf("--set '%s={COLUMN|ascii|lower}%s'", key, number)))
	case len(r.others) > 0:
		return failure.Refuse(fmt.Errorf("--set %s: %s cannot be used in a route", key, number), "import into the first profile alone, and join its --results to the roster of the others")
	case strings.HasPrefix(r.File, countPrefix):
		return failure.Refuse(fmt.Errorf("--set %s: %s tells people apart, and the users of --count have no columns", key, number), fmt.Sprintf("use {row}: --set '%s=ci-{row}@example.com'", key))
	case len(r.IdentifyBy) == 0:
		return failure.Refuse(fmt.Errorf("--set %s: %s requires --identify-by, so that the same person gets the same key again", key, number),
			failure.Note("COLUMN tells people apart and never changes, for example the employee number; it does not have to be a field"), r.with("--identify-by COLUMN"))
	}
	return nil
}
