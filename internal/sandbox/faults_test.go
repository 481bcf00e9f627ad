package sandbox

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestParseFault(t *testing.T) {
	for _, fault := range KnownFaults() {
		for text, want := range map[string]float64{"0": 0, "1": 1, "0.01": 0.01, "1e-3": 0.001} {
			got, probability, err := ParseFault(string(fault) + "=" + text)
			if err != nil || got != fault || probability != want {
				t.Errorf("%s=%s: %q %v %v", fault, text, got, probability, err)
			}
		}
		if fault.Help() == "" || fault.Scope() == 0 {
			t.Errorf("%s has no help, or no scope", fault)
		}
	}
	if got := len(KnownFaults()); got != 35 {
		t.Errorf("%d faults", got)
	}
	if got := Fault("x").Help(); got != "" {
		t.Errorf("help of an unknown fault: %q", got)
	}
}

func TestParseFaultErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "must be NAME=PROBABILITY, for example lost-reply=0.01"},
		{"reset", "must be NAME=PROBABILITY"},
		{"=0.1", `unknown fault ""; must be one of lost-reply, reset, `},
		{"lost=0.1", `unknown fault "lost"; must be one of lost-reply, `},
		{"Reset=0.1", "unknown fault"},
		{" reset=0.1", "unknown fault"},
		{"reset=", "is not a probability"},
		{"reset=often", `fault reset: "often" is not a probability (0 to 1`},
		{"reset=-0.1", "is not a probability"},
		{"reset=1.01", "is not a probability"},
		{"reset=5%", "is not a probability"},
		{"reset=NaN", "is not a probability"},
		{"reset=+Inf", "is not a probability"},
		{"reset=1=1", "is not a probability"},
		{"500=1e999", "is not a probability"},
		{"reset:1s=1", `fault reset: unexpected parameter "1s"`},
		{"late:soon=1", `fault late: invalid parameter "soon": must be a duration, for example 8s`},
		{"late:1s,2s=1", "must be a duration"},
		{"late:-1s=1", "must be a duration"},
		{"late:=1", "must be a duration"},
		{"lag:0s,=1", "must be comma-separated durations"},
		{"empty:header=1", "must be one of documented, bare, location, content-location"},
		{"capped:0=1", "must be a number of users"},
		{"drop:=1", "must be comma-separated field names"},
		{"drop:a,,b=1", "must be comma-separated field names"},
		{"drop:a.=1", "must be comma-separated field names"},
	} {
		if _, _, err := ParseFault(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.text, err, test.want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	got, err := ParseFaults([]string{"reset=0.5", "500=0.5"})
	if err != nil || len(got) != 2 || got[FaultReset] != 0.5 || got[Fault500] != 0.5 {
		t.Errorf("%v %v", got, err)
	}
	if none, err := ParseFaults(nil); err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
	for _, test := range []struct {
		texts []string
		want  string
	}{
		{[]string{"reset=0.1", "reset=0.1"}, "duplicate fault reset"},
		{[]string{"lag:1s=0.1", "lag:2s=0.1"}, "duplicate fault lag"},
		{[]string{"reset=0.6", "500=0.5"}, "add up to 1.1"},
		{[]string{"reset=0.6", "x=0.5"}, "unknown fault"},
	} {
		if _, err := ParseFaults(test.texts); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.texts, err, test.want)
		}
	}
}

func TestFaultsValidate(t *testing.T) {
	tenths := Faults{}
	for _, fault := range KnownFaults()[:10] {
		tenths[fault] = 0.1 // in floating point they add up to more or less than 1
	}
	for _, good := range []Faults{nil, {}, {FaultReset: 1}, tenths, {FaultReset: 1, FaultLag: 1, FaultCapped: 1}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for _, bad := range []Faults{{"x": 0}, {FaultReset: -1}, {FaultReset: math.NaN()}, {FaultReset: 0.7, Fault429: 0.4}, {FaultLag: 0.1, FaultLag.With("1s"): 0.1}, {FaultLag.With("x"): 1}} {
		if bad.Validate() == nil {
			t.Errorf("%v was accepted", bad)
		}
		if _, err := New(memoryStore(t), Options{Faults: bad}); err == nil {
			t.Errorf("a server accepted %v", bad)
		}
	}
}

func TestFaultParameters(t *testing.T) {
	for fault, want := range map[Fault]string{FaultLate: "8s", FaultLate.With("1m"): "1m", FaultReset: "", FaultDrop.With("a,b.c"): "a,b.c", "x": ""} {
		if got := fault.Parameter(); got != want {
			t.Errorf("%s: parameter %q, want %q", fault, got, want)
		}
	}
	if got := FaultLag.With("1s").With("2s"); got != "lag:2s" || got.Name() != FaultLag || got.Help() != FaultLag.Help() {
		t.Errorf("%s", got)
	}
}

func TestGuideListsEveryFault(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range KnownFaults() {
		row := regexp.MustCompile("(?m)^\\|.*`" + regexp.QuoteMeta(string(fault)) + "[:`]")
		if !row.Match(guide) {
			t.Errorf("the guide has no row for %s", fault)
		}
		if p := fault.Parameter(); p != "" && !strings.Contains(string(guide), "`"+string(fault.With(p))+"`") {
			t.Errorf("the guide does not show the default of %s", fault)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{"lost-reply=0.01", "500=1", "401=", "=", "reset=NaN", "slow=0x1p-2", "garbage=1_0", "truncated=-0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, probability, err := ParseFault(text)
		if err != nil {
			if fault != "" || probability != 0 {
				t.Errorf("%q: %q %v beside %v", text, fault, probability, err)
			}
			return
		}
		if err := (Faults{fault: probability}).Validate(); err != nil {
			t.Errorf("%q was parsed and is not valid: %v", text, err)
		}
		again, same, err := ParseFault(fmt.Sprintf("%s=%v", fault, probability))
		if err != nil || again != fault || same != probability {
			t.Errorf("%q: printed and parsed again: %q %v %v", text, again, same, err)
		}
	})
}

func TestDiceRepeatWithTheSeed(t *testing.T) {
	faults := Faults{FaultReset: 0.3, Fault500: 0.3}
	throw := func(seed uint64) string {
		d := newDice(faults, seed)
		var all []string
		for range 200 {
			all = append(all, string(d.draw()))
		}
		return strings.Join(all, " ")
	}
	if throw(7) != throw(7) {
		t.Error("the same seed gave different faults")
	}
	if throw(7) == throw(8) || throw(0) == throw(0) {
		t.Error("different seeds gave the same faults")
	}
}

func TestDiceKeepTheProbabilities(t *testing.T) {
	d := newDice(Faults{FaultReset: 0.1, Fault500: 0.6}, 1)
	const throws = 20_000
	seen := map[Fault]int{}
	for range throws {
		seen[d.draw()]++
	}
	for fault, want := range map[Fault]float64{FaultReset: 0.1, Fault500: 0.6, "": 0.3} {
		if got := float64(seen[fault]) / throws; math.Abs(got-want) > 0.02 {
			t.Errorf("%q: %v of the throws, want %v", fault, got, want)
		}
	}
}
