package xlsx

import (
	"fmt"
	"math"
	"time"
)

// epoch is the day from which a workbook counts.
type epoch int

const (
	epoch1900 epoch = iota
	epoch1904
)

// lastDay is the largest number of a day: 9999-12-31.
const lastDay = 2958465

// dateParts are the parts of a date that a format shows.
type dateParts struct {
	day     bool // year, month or day
	clock   bool // hours, minutes, seconds
	elapsed bool // hours beyond 24, as in [h]:mm
	seconds bool
	minute  bool // an m: the month, or the minutes beside hours or seconds
}

func (d *dateParts) add(letter rune) {
	switch letter {
	case 'y', 'd', 'g', 'b':
		d.day = true
	case 'h':
		d.clock = true
	case 's':
		d.clock, d.seconds = true, true
	case 'm':
		d.minute = true
	}
}

// normalise decides the meaning of a single m when the section has been read.
func (d *dateParts) normalise() {
	if d.minute && !d.clock {
		d.day = true
	}
}

func (d *dateParts) any() bool { return d.day || d.clock }

// show returns a number as a date in the form of ISO 8601; ok is false for a number that is not a date.
func (d *dateParts) show(value float64, e epoch) (string, bool) {
	if value < 0 || value >= lastDay+1 {
		return "", false
	}
	seconds := int64(math.Round(value * 24 * 60 * 60))
	if d.elapsed {
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), true
	}
	days, inDay := seconds/(24*60*60), seconds%(24*60*60)
	date, clock := dateOf(days, e), fmt.Sprintf("%02d:%02d", inDay/3600, inDay/60%60)
	if d.seconds || inDay%60 != 0 {
		clock += fmt.Sprintf(":%02d", inDay%60)
	}
	switch {
	case d.day && d.clock:
		return date + "T" + clock, true
	case d.clock:
		return clock, true
	default:
		return date, true
	}
}

// dateOf returns the date of a day. The count from 1900 includes a 29 February in that year, which did not exist.
func dateOf(days int64, e epoch) string {
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case e == epoch1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 60:
		return "1900-02-29"
	case days < 60:
		start = time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return start.AddDate(0, 0, int(days)).Format(time.DateOnly)
}
