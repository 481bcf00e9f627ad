package provider_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func fewFields() schema.Table {
	return schema.Table{
		{Name: "tenant", In: schema.Path, Kind: schema.Integer},
		{Name: "email", Immutable: true},
		{Name: "name.given"},
		{Name: "active", Kind: schema.Boolean},
		{Name: "teams", Kind: schema.Objects, Parts: []schema.Field{{Name: "team"}}},
	}
}

func TestRecordReadsWhatItCan(t *testing.T) {
	tests := []struct {
		attributes string
		want       schema.Record
	}{
		{`{"id":7,"email":"a","name":{"given":"Ann","nick":"A"},"active":true,"teams":[{"team":"x","teamName":"X"}]}`, schema.Record{
			"email": "a", "name.given": "Ann", "active": true, "teams": []schema.Record{{"team": "x"}},
		}},
		{`{"email":null,"name":null,"active":"yes"}`, schema.Record{}},
		{`{"name":"Ann","email":"a"}`, schema.Record{"email": "a"}},
		{`{"email":""}`, schema.Record{"email": ""}},
		{`[]`, schema.Record{}},
		{``, schema.Record{}},
	}
	for _, test := range tests {
		if got := (provider.User{Attributes: []byte(test.attributes)}).Record(fewFields()); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.attributes, got, test.want)
		}
	}
}

func TestEncodeRefusesWhatTheTableLacks(t *testing.T) {
	const op = "update the user"
	body, err := provider.Encode(op, fewFields(), schema.Record{"tenant": int64(1), "email": "a", "name.given": ""})
	if err != nil || string(body) != `{"email":"a","name":{"given":""}}` {
		t.Errorf("got %s, %v", body, err)
	}
	for _, record := range []schema.Record{{"email": "a"}, {"tenant": int64(1)}, {"nick": "A"}, {"active": "yes"}} {
		body, err := provider.Encode(op, fewFields().Mutable(), record.With(schema.Record{"name.given": "Ann"}))
		failure, ok := errors.AsType[*provider.Error](err)
		if body != nil || !ok || failure.Class != provider.Invalid || failure.Op != op {
			t.Errorf("%v: got %s, %v", record, body, err)
		}
	}
}

func TestFilterQueryRefusesWhatNobodyDocuments(t *testing.T) {
	documented := []provider.Filter{{Name: "email"}, {Name: "oryId"}}
	query, err := provider.FilterQuery("list the users", documented, map[string]string{"oryId": "a b", "email": "c&d"})
	if err != nil || query.Encode() != "email=c%26d&oryId=a+b" {
		t.Errorf("got %s, %v", query.Encode(), err)
	}
	if query, err := provider.FilterQuery("list the users", nil, nil); err != nil || len(query) != 0 {
		t.Errorf("without filters: got %v, %v", query, err)
	}
	if _, err := provider.FilterQuery("list the users", documented, map[string]string{"oryid": "x"}); err == nil || provider.ClassOf(err) != provider.Invalid {
		t.Errorf("another case of a name: got %v", err)
	}
}

func TestPathSegments(t *testing.T) {
	for id, want := range map[string]string{"a/b": "a%2Fb", "a b?#%": "a%20b%3F%23%25", "é": "%C3%A9", "...": "...", "a..": "a.."} {
		if got, err := provider.PathSegment("read the user", id); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", id, got, err, want)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		if got, err := provider.PathSegment("read the user", id); got != "" || err == nil || provider.ClassOf(err) != provider.Invalid {
			t.Errorf("%q: got %q, %v", id, got, err)
		}
	}
}
