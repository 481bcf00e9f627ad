package roster

import (
	"errors"
	"reflect"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// lowers is a check that replaces values: roles become their first letter.
func lowers(record schema.Record) (schema.Record, schema.FieldErrors, error) {
	role := record.Text("role")
	switch role {
	case "":
		return record, nil, nil
	case "nobody":
		return record, schema.FieldErrors{{Field: "role", Cause: "unknown name", Value: role, Message: "role nobody is none"}}, nil
	case "down":
		return nil, nil, errDown
	}
	return record.With(schema.Record{"role": role[:1]}), nil, nil
}

var errDown = errors.New("down")

func TestRecordsAreWhatTheCheckMakesOfThem(t *testing.T) {
	table := schema.Table{{Name: "email"}, {Name: "role"}}
	for name, text := range map[string]string{
		"people.csv":    "email,role\na,reader\nb,nobody\nc,\n",
		"people.ndjson": `{"email":"a","role":"reader"}` + "\n" + `{"email":"b","role":"nobody"}` + "\n" + `{"email":"c"}`,
	} {
		r := open(t, save(t, name, []byte(text)), Options{Table: table, Validate: lowers, Defaults: schema.Record{"role": "admin"}})
		for range 2 {
			all := rows(t, r)
			if len(all) != 3 || all[0].Record.Text("role") != "r" || len(all[1].Errors) != 1 || all[1].Errors[0].Column < 2 || all[2].Record.Text("role") != "a" {
				t.Errorf("%s: got %v", name, all)
			}
		}
	}
}

func TestSetValuesAreCheckedOnce(t *testing.T) {
	table, path := schema.Table{{Name: "email", Required: true}, {Name: "role"}}, save(t, "people.csv", []byte("email\na\n"))
	r := open(t, path, Options{Table: table, Validate: lowers, Set: map[string]string{"role": "reader"}})
	if got := records(t, r); !reflect.DeepEqual(got, []schema.Record{{"email": "a", "role": "r"}}) {
		t.Errorf("got %v", got)
	}
	_, err := Open(t.Context(), File(path), Options{Table: table, Validate: lowers, Set: map[string]string{"role": "nobody"}})
	if _, ok := errors.AsType[RowErrors](err); !ok || err.Error() != path+":1: role nobody is none" {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.Context(), File(path), Options{Table: table, Validate: lowers, Set: map[string]string{"role": "down"}}); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
}

func TestAnErrorOfTheCheckEndsTheReading(t *testing.T) {
	table := schema.Table{{Name: "email"}, {Name: "role"}}
	r := open(t, save(t, "people.csv", []byte("email,role\na,reader\nb,down\nc,reader\n")), Options{Table: table, Validate: lowers})
	read := 0
	for _, err := range r.Rows(t.Context()) {
		if err != nil && !errors.Is(err, errDown) || (err != nil) != (read == 1) {
			t.Errorf("row %d: %v", read, err)
		}
		read++
	}
	if read != 2 {
		t.Errorf("read %d rows, want two", read)
	}
}
