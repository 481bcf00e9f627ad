package config

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSharedLedger(t *testing.T) {
	const key = "USHER_LEDGER_KEY=" + canary
	for _, test := range []struct {
		name, text  string
		environment []string
		url, plain  string
		key         string
		lease       time.Duration
		sources     string // in the order of the settings' names
	}{
		{name: "variables", environment: []string{"USHER_LEDGER=postgres://u:" + canary + "@h/d", key, "USHER_LEDGER_LEASE=1m"},
			url: "env:USHER_LEDGER", key: "env:USHER_LEDGER_KEY", lease: time.Minute,
			sources: "environment USHER_LEDGER, environment USHER_LEDGER_KEY, environment USHER_LEDGER_LEASE"},
		{name: "references", text: "ledger: file:url\nledger-key: 'keyring:'\nledger-lease: 1s\n",
			url: "file:url", key: "keyring:", lease: time.Second, sources: "config.yaml:1, config.yaml:2, config.yaml:3"},
		{name: "URL without a password", text: "ledger: postgres://usher@db.example.com/usher?sslmode=verify-full\nledger-key: file:key\n",
			plain: "postgres://usher@db.example.com/usher?sslmode=verify-full", key: "file:key", sources: "config.yaml:1, config.yaml:2"},
		{name: "reference to the variable itself", text: "ledger: env:USHER_LEDGER\n", environment: []string{"USHER_LEDGER=x", key},
			url: "env:USHER_LEDGER", key: "env:USHER_LEDGER_KEY", sources: "environment USHER_LEDGER, environment USHER_LEDGER_KEY"},
		{name: "variable before file", text: "ledger: file:url\nledger-key: file:key\nledger-lease: 30s\n", environment: []string{"USHER_LEDGER_LEASE=40s"},
			url: "file:url", key: "file:key", lease: 40 * time.Second, sources: "config.yaml:1, config.yaml:2, environment USHER_LEDGER_LEASE"},
	} {
		shared, err := load(t, writeConfig(t, test.text), test.environment...).Shared()
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		var sources []string
		for _, name := range slices.Sorted(maps.Keys(shared.Sources)) {
			sources = append(sources, shared.Sources[name].String())
		}
		if shared.URL.String() != test.url || shared.Plain != test.plain || shared.Key.String() != test.key || shared.Lease != test.lease ||
			strings.Join(sources, ", ") != test.sources {
			t.Errorf("%s: %+v, want %+v", test.name, shared, test)
		}
	}
}

func TestNoSharedLedger(t *testing.T) {
	for _, text := range []string{"", "ledger:\nledger-key: null\n"} {
		if shared, err := load(t, writeConfig(t, text), "USHER_LEDGER=", "USHER_LEDGER_KEY=").Shared(); shared != nil || err != nil {
			t.Errorf("%q: %+v, %v", text, shared, err)
		}
	}
}

// A team that believes to share a ledger does not silently use one of each machine, and no value is repeated.
func TestSharedLedgerIsRefused(t *testing.T) {
	const url = "USHER_LEDGER=postgres://u:" + canary + "@h/d"
	for _, test := range []struct {
		text        string
		environment []string
		words       []string
	}{
		{"", []string{url}, []string{"USHER_LEDGER", "USHER_LEDGER_KEY"}},
		{"ledger: file:url\n", nil, []string{"config.yaml:1:9: ledger: requires ledger-key"}},
		{"", []string{"USHER_LEDGER_KEY=" + canary}, []string{"USHER_LEDGER_KEY", "requires ledger"}},
		{"ledger-lease: 30s\n", nil, []string{"config.yaml:1:15: ledger-lease: requires ledger"}},
		{"ledger: postgres://u:" + canary + "@h/d\nledger-key: file:key\n", nil, []string{"config.yaml:1:9", "password", "env:USHER_LEDGER"}},
		{"ledger: postgres://u@h/d?password=" + canary + "\nledger-key: file:key\n", nil, []string{"config.yaml:1:9", "password"}},
		{"ledger: " + canary + "\nledger-key: file:key\n", nil, []string{"config.yaml:1:9", "plain text"}},
		{"ledger: file:url\nledger-key: " + canary + "\n", nil, []string{"config.yaml:2:13", "plain text", "env:USHER_LEDGER_KEY"}},
		{"ledger: file:url\nledger-key: file:key\n", []string{url}, []string{"config.yaml:1:9", "USHER_LEDGER is set too", "unset USHER_LEDGER"}},
		{"ledger: file:url\nledger-key: file:key\n", []string{"USHER_LEDGER_KEY=" + canary}, []string{"config.yaml:2:13", "USHER_LEDGER_KEY is set too"}},
		{"ledger: file:url\nledger-key: file:key\nledger-lease: 0.5s\n", nil, []string{"config.yaml:3:15", "1s or more"}},
		{"ledger: file:url\nledger-key: file:key\n", []string{"USHER_LEDGER_LEASE=" + canary}, []string{"USHER_LEDGER_LEASE", "duration"}},
	} {
		c := load(t, writeConfig(t, test.text), test.environment...)
		shared, err := c.Shared()
		if shared != nil {
			t.Errorf("%q: %+v", test.text, shared)
		}
		wantText(t, err, test.words...)
	}
}

func TestSharedLedgerIsASingleValue(t *testing.T) {
	_, err := Load(writeConfig(t, "ledger: [file:url]\nledgr: x\n"), options())
	wantText(t, err, "config.yaml:1:9: ledger must be a single value", `config.yaml:2:1: unknown key "ledgr" (did you mean ledger?)`)
}

// The settings are unchanged by a change of a profile.
func TestSharedLedgerSurvivesChanges(t *testing.T) {
	c := load(t, writeConfig(t, "ledger: file:url # ours\nledger-key: file:key\nprofiles:\n  a: {provider: sulu}\n"))
	if err := c.Use("a"); err != nil {
		t.Fatal(err)
	}
	if text := readBackText(t, c.Path()); !strings.Contains(text, "ledger: file:url # ours\nledger-key: file:key\n") {
		t.Errorf("the file is\n%s", text)
	}
	if shared, err := c.Shared(); err != nil || shared.Key.String() != "file:key" {
		t.Errorf("%+v, %v", shared, err)
	}
}
