package panicerr

import (
	"errors"
	"strings"
	"testing"
)

// What a panic says is told only where it cannot hold a value of the user's.
func TestOfTellsNoValues(t *testing.T) {
	var (
		none    []string
		nothing *strings.Builder
		text    any = "canary"
	)
	for name, test := range map[string]struct {
		fault func()
		says  string
	}{
		"an index":     {func() { _ = none[len(name(t))] }, "index out of range"},
		"nothing":      {func() { _ = nothing.String() }, "nil pointer"},
		"another type": {func() { _ = text.(int) }, "interface conversion"},
		"a text":       {func() { panic("canary") }, "report it"},
		"an error":     {func() { panic(errors.New("canary")) }, "report it"},
	} {
		err := caught(test.fault)
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v, want an error that says %q", name, err, test.says)
		}
	}
}

func name(t *testing.T) string { return t.Name() }

func caught(do func()) (err error) {
	defer func() { err = Of(recover()) }()
	do()
	return nil
}
