package keys

import (
	"time"

	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/pkg/schema"
)

// readMoment reads a time in the form of a flag: a date-time, a date, or a duration from now. It returns it in RFC
// 3339.
func readMoment(field schema.Field, text string, now time.Time) (string, *schema.FieldError) {
	moment, err := time.Parse(time.RFC3339, text)
	if err == nil {
		return text, pastError(field, text, moment, now)
	}
	if moment, err = time.Parse(time.DateOnly, text); err != nil {
		span, failure := duration.Parse(text)
		if failure != nil {
			return "", momentError(field, text, "is not a valid time")
		}
		moment = now.Add(span).Truncate(time.Second)
	}
	return moment.UTC().Format(time.RFC3339), pastError(field, text, moment, now)
}

func pastError(field schema.Field, text string, moment, now time.Time) *schema.FieldError {
	if moment.After(now) {
		return nil
	}
	return momentError(field, text, "is not in the future")
}

func momentError(field schema.Field, text, verdict string) *schema.FieldError {
	return &schema.FieldError{
		Field: field.Name, Cause: schema.Malformed, Value: text, Message: "--" + field.FlagName() + " " + text + " " + verdict,
		Hint: "for example 2030-01-31T00:00:00Z, 2030-01-31 or 30d",
	}
}
