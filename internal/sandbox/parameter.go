package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/duration"
)

// A parameter is what may follow a fault's name and a colon.
type parameter struct {
	standard string // the default
	want     string // completes "want ...", "" if there is no parameter
	valid    func(text string) bool
}

// check returns an error for a parameter that the fault does not accept.
func (p parameter) check(name Fault, text string) error {
	switch {
	case p.want == "":
		return fmt.Errorf("fault %s: unexpected parameter %q", name, text)
	case !p.valid(text):
		return fmt.Errorf("fault %s: invalid parameter %q: must be %s", name, text, p.want)
	}
	return nil
}

func noParameter() parameter { return parameter{} }

func oneDuration(standard string) parameter {
	return parameter{standard, "a duration, for example " + standard, func(text string) bool {
		all, err := readDurations(text)
		return err == nil && len(all) == 1
	}}
}

func durations(standard string) parameter {
	return parameter{standard, "comma-separated durations, for example " + standard + " or 0s," + standard, func(text string) bool {
		_, err := readDurations(text)
		return err == nil
	}}
}

// oneOfWords is a word of a list. The first is the default.
func oneOfWords(words ...string) parameter {
	return parameter{words[0], "one of " + strings.Join(words, ", "), func(text string) bool { return slices.Contains(words, text) }}
}

func number(standard string) parameter {
	return parameter{standard, "a number of users, 1 or more", func(text string) bool {
		n, err := strconv.Atoi(text)
		return err == nil && n >= 1
	}}
}

// fieldNames is a list of fields. The default is a field of each provider's.
func fieldNames() parameter {
	return parameter{"", "comma-separated field names, for example nickName,name.givenName", func(text string) bool {
		names := strings.Split(strings.ReplaceAll(text, ".", ","), ",")
		return !slices.Contains(names, "")
	}}
}

// readDurations reads one duration or more.
func readDurations(text string) ([]time.Duration, error) {
	var all []time.Duration
	for part := range strings.SplitSeq(text, ",") {
		d, err := duration.Parse(part)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}
