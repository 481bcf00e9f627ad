package names_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	acme   = "0a1b2c3d-0000-4000-8000-000000000001"
	beta   = "0a1b2c3d-0000-4000-8000-000000000002"
	cafe   = "0a1b2c3d-0000-4000-8000-000000000003"
	twin1  = "0a1b2c3d-0000-4000-8000-000000000004"
	twin2  = "0a1b2c3d-0000-4000-8000-000000000005"
	upper  = "0a1b2c3d-0000-4000-8000-000000000006"
	reader = "0b1b2c3d-0000-4000-8000-000000000001"
	admin  = "0b1b2c3d-0000-4000-8000-000000000002"
)

func table() schema.Table {
	return schema.Table{
		{Name: "login", Required: true},
		{Name: "memberships", Kind: schema.Objects, Required: true, Parts: []schema.Field{
			{Name: "organization", Format: schema.UUID, Required: true, Refers: "organization"},
			{Name: "role", Format: schema.UUID, Required: true, Refers: "role"},
		}},
		{Name: "home", Format: schema.UUID, Refers: "organization"},
		{Name: "roles", Kind: schema.Strings, Format: schema.UUID, Refers: "role"},
		{Name: "device", Format: schema.UUID},
	}
}

// shelf counts how often each kind is read.
type shelf struct{ reads map[string]int }

func (s *shelf) read(kind string) ([]names.Thing, error) {
	s.reads[kind]++
	switch kind {
	case "organization":
		return []names.Thing{
			{acme, "ACME"}, {beta, "Beta"}, {cafe, "Café Réunion"}, {twin1, "Twin"}, {twin2, "Twin"}, {upper, "BETA"}, {"0a1b2c3d-0000-4000-8000-000000000007", " "},
		}, nil
	case "role":
		return []names.Thing{{reader, "Reader"}, {admin, "Administrator"}}, nil
	default:
		return nil, fmt.Errorf("no kind %q", kind)
	}
}

func newShelf() *shelf { return &shelf{reads: map[string]int{}} }

func member(organization, role string) schema.Record {
	return schema.Record{"organization": organization, "role": role}
}

func record(members ...schema.Record) schema.Record {
	return schema.Record{"login": "ada", "memberships": members}
}

func TestNamesBecomeIDs(t *testing.T) {
	tests := []struct {
		organization, want string
	}{
		{"ACME", acme}, {"acme", acme}, {" Acme ", acme}, {strings.ToUpper(acme), strings.ToUpper(acme)},
		{"Beta", beta}, {"BETA", upper}, // each exactly, and neither as "beta"
		{"Cafe\u0301 re\u0301union", cafe}, {"CAFÉ\u00a0 RÉUNION", cafe},
	}
	for _, test := range tests {
		s := newShelf()
		given := record(member(test.organization, "reader"))
		got, fieldErrs, err := names.New(s.read).Validate(table(), given)
		if err != nil || len(fieldErrs) > 0 || !reflect.DeepEqual(got, record(member(test.want, reader))) {
			t.Errorf("%q: got %v, %v, %v", test.organization, got, fieldErrs, err)
		}
		if !reflect.DeepEqual(given, record(member(test.organization, "reader"))) {
			t.Errorf("%q: the given record was changed: %v", test.organization, given)
		}
	}
}

func TestEveryKindOfFieldTakesNames(t *testing.T) {
	s := newShelf()
	resolver := names.New(s.read)
	given := record(member(acme, admin), member("ACME", "Reader")).With(schema.Record{"home": "acme", "roles": []string{"Reader", admin}})
	for range 3 {
		got, fieldErrs, err := resolver.Validate(table(), given)
		want := record(member(acme, admin), member(acme, reader)).With(schema.Record{"home": acme, "roles": []string{reader, admin}})
		if err != nil || len(fieldErrs) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v, %v", got, fieldErrs, err)
		}
	}
	if !reflect.DeepEqual(s.reads, map[string]int{"organization": 1, "role": 1}) {
		t.Errorf("read %v, want each kind once", s.reads)
	}
}

func TestIDsNeedNoDirectory(t *testing.T) {
	s := newShelf()
	got, fieldErrs, err := names.New(s.read).Validate(table(), record(member(acme, reader)).With(schema.Record{"device": "none", "home": ""}))
	if err != nil || len(fieldErrs) != 1 || fieldErrs[0].Field != "device" || got == nil || len(s.reads) > 0 {
		t.Errorf("got %v, %v after reading %v", fieldErrs, err, s.reads)
	}
}

func TestWhatFitsNothingOrTwiceIsAFault(t *testing.T) {
	resolver := names.New(newShelf().read)
	got, fieldErrs, err := resolver.Validate(table(), schema.Record{
		"memberships": []schema.Record{member("Twin", "Readr"), member("", "Reader"), member("beta", acme)},
		"home":        "Bäta", "device": "x",
	})
	if err != nil || got == nil {
		t.Fatal(err)
	}
	want := []struct {
		field, value, text string
		cause              schema.Cause
	}{
		{"login", "", "login is required", schema.Missing},
		{"memberships", "Twin", `memberships[0].organization "Twin": ambiguous, matches 2 organizations (use one of these ids: Twin (` + twin1 + `), Twin (` + twin2 + `))`, names.Ambiguous},
		{"memberships", "Readr", `memberships[0].role "Readr": role not found (must be one of: Reader (` + reader + `), Administrator (` + admin + `))`, names.NoSuchName},
		{"memberships", "", `memberships[1].organization is required`, schema.Missing},
		{"memberships", "beta", `memberships[2].organization "beta": ambiguous, matches 2 organizations (use one of these ids: Beta (` + beta + `), BETA (` + upper + `))`, names.Ambiguous},
		{"home", "Bäta", `home "Bäta": organization not found (nearest: BETA (` + upper + `), Beta (` + beta + `), ACME (` + acme + `), Café Réunion (` + cafe + `), Twin (` + twin1 + `) and 2 more)`, names.NoSuchName},
		{"device", "x", `device "x" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`, schema.Malformed},
	}
	if len(fieldErrs) != len(want) {
		t.Fatalf("got %d faults, want %d:\n%v", len(fieldErrs), len(want), fieldErrs)
	}
	for i, fieldErr := range fieldErrs {
		if fieldErr.Field != want[i].field || fieldErr.Value != want[i].value || fieldErr.Error() != want[i].text || fieldErr.Cause != want[i].cause {
			t.Errorf("got  %q %q %q %s\nwant %q %q %q %s", fieldErr.Field, fieldErr.Value, fieldErr.Cause, fieldErr.Error(), want[i].field, want[i].value, want[i].cause, want[i].text)
		}
	}
}

func TestAFailedReadIsHandedOnAndNotRepeated(t *testing.T) {
	down, reads := errors.New("down"), 0
	resolver := names.New(func(string) ([]names.Thing, error) { reads++; return nil, down })
	for range 2 {
		if _, _, err := resolver.Validate(table(), record(member("ACME", reader))); !errors.Is(err, down) {
			t.Errorf("got %v", err)
		}
	}
	if reads != 1 {
		t.Errorf("%d reads", reads)
	}
}

func TestHintsAreBounded(t *testing.T) {
	resolver := names.New(newShelf().read)
	for i := range 1100 {
		for range 2 {
			_, fieldErrs, _ := resolver.Validate(table(), record(member(acme, fmt.Sprint("role ", i))))
			if len(fieldErrs) != 1 || (fieldErrs[0].Hint != "") != (i < 1000) {
				t.Fatalf("name %d: %v", i, fieldErrs)
			}
		}
	}
}

func TestAcceptingIsForForms(t *testing.T) {
	if fieldErrs := names.Accepting(table()).Validate(record(member("ACME", "Reader"))); len(fieldErrs) > 0 {
		t.Error(fieldErrs)
	}
	if fieldErrs := names.Accepting(table()).Validate(record(member("ACME", " ")).With(schema.Record{"device": "x"})); len(fieldErrs) != 2 {
		t.Error(fieldErrs)
	}
	if fieldErrs := table().Validate(record(member("ACME", "Reader"))); len(fieldErrs) != 2 {
		t.Errorf("the table itself was changed: %v", fieldErrs)
	}
}

func TestSuggest(t *testing.T) {
	resolver := names.New(newShelf().read)
	for name, want := range map[string][]string{
		"roles": {"Reader", "Administrator"},
		"memberships": {
			"ACME:Reader", "ACME:Administrator", "BETA:Reader", "BETA:Administrator", "Beta:Reader", "Beta:Administrator",
			"Café Réunion:Reader", "Café Réunion:Administrator",
		},
		"device": nil,
	} {
		field, _ := table().Field(name)
		if got, err := resolver.Suggest(field); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// People see names; what is ambiguous, unknown or unreadable keeps its id.
func TestTextHasNames(t *testing.T) {
	field, _ := table().Field("memberships")
	objects := func(parts ...string) []schema.Record {
		return record(member(parts[0], parts[1]))["memberships"].([]schema.Record)
	}
	resolver := names.New(newShelf().read)
	for want, value := range map[string]any{
		"ACME:Reader":     objects(acme, reader),
		"BETA:Reader":     objects(upper, reader),
		twin1 + ":Reader": objects(twin1, reader),
		"nowhere:Reader":  objects("nowhere", reader),
		"ACME:unknown":    objects(acme, "unknown"),
		"":                nil,
	} {
		if got := resolver.Text(field, value); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	roles, _ := table().Field("roles")
	if got := resolver.Text(roles, []string{reader, admin}); got != "Reader;Administrator" {
		t.Errorf("got %q", got)
	}
	failing := names.New(func(string) ([]names.Thing, error) { return nil, errors.New("denied") })
	if got, want := failing.Text(field, objects(acme, reader)), acme+":"+reader; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	plain, _ := table().Field("device")
	if got := failing.Text(plain, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
}
