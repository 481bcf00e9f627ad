package scim

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// count is a number of things as servers write it: 12 or "12".
type count int

// UnmarshalJSON fails for anything that is not a whole number.
func (c *count) UnmarshalJSON(value []byte) error {
	text := string(value)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
	}
	number, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return errors.New("a count that is not a whole number") // the cause repeats the text
	}
	*c = count(number)
	return nil
}
