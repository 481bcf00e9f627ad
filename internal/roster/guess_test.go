package roster

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/pkg/schema"
)

// believe confirms every guess at an encoding.
func believe(EncodingGuess) (bool, error) { return true, nil }

// in returns a text in an encoding.
func in(t *testing.T, name, text string) string {
	t.Helper()
	encoding, err := charset.Known(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := encoding.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// guessTable has a secret beside other fields.
func guessTable() schema.Table {
	return schema.Table{{Name: "login", Required: true, Identifier: true}, {Name: "city"}, {Name: "pin", Secret: true}, {Name: "address.street"}}
}

func TestAnEncodingIsNeverGuessedInSilence(t *testing.T) {
	names := []string{"windows-1252", "windows-1250", "windows-1251", "shift_jis", "gbk", "big5", "euc-kr", "cp850", "macintosh", "koi8-r", "iso-8859-2", "euc-jp"}
	forms := map[string]string{
		"people.csv":    "login,city,pin\nann,CITY,SECRET\n",
		"people.json":   `[{"login":"ann","city":"CITY","pin":"SECRET"}]`,
		"people.ndjson": `{"login":"ann","city":"CITY","pin":"SECRET"}` + "\n\n",
		"people.yaml":   "- login: ann\n  city: CITY\n  pin: SECRET\n",
	}
	cities := map[string]string{"windows-1251": "Москва", "koi8-r": "Москва", "shift_jis": "東京", "euc-jp": "東京", "gbk": "北京", "big5": "臺北", "euc-kr": "서울", "windows-1250": "Łódź", "iso-8859-2": "Łódź"}
	for _, name := range names {
		city := cities[name]
		if city == "" {
			city = "Köln"
		}
		for file, form := range forms {
			text := in(t, name, strings.ReplaceAll(strings.ReplaceAll(form, "CITY", city), "SECRET", city+"-pin"))
			path := save(t, file, []byte(text))
			_, err := Open(t.Context(), File(path), Options{Table: guessTable()})
			var own *Error
			if !errors.As(err, &own) || !errors.Is(err, UnknownEncoding) && !errors.Is(err, WrongEncoding) || own.Line == 0 {
				t.Errorf("%s in %s: error %v", file, name, err)
				continue
			}
			if strings.Contains(err.Error(), "-pin") {
				t.Errorf("%s in %s: the error has the secret: %v", file, name, err)
			}
			r, err := Open(t.Context(), File(path), Options{Table: guessTable(), Encoding: name})
			if err != nil {
				t.Errorf("%s in %s, named: %v", file, name, err)
				continue
			}
			for row, err := range r.Rows(t.Context()) {
				if err != nil || row.Errors != nil || row.Record["city"] != city {
					t.Errorf("%s in %s: %v, %v, %v", file, name, row.Record, row.Errors, err)
				}
			}
			_ = r.Close()
		}
	}
}

func TestAGuessIsShownWithTextsThatAreNoSecrets(t *testing.T) {
	path := save(t, "people.csv", []byte(in(t, "windows-1252", "login,city,pin\na,Köln,gehömlich\nb,Zürich,x\nc,Köln,x\nd,Besançon,x\ne,Orléans,x\n")))
	var guesses []EncodingGuess
	answer := false
	o := Options{Table: guessTable(), ConfirmEncoding: func(guess EncodingGuess) (bool, error) {
		guesses = append(guesses, guess)
		return answer, nil
	}}
	if _, err := Open(t.Context(), File(path), o); !errors.Is(err, UnknownEncoding) {
		t.Errorf("a guess that was not confirmed: %v", err)
	}
	answer = true
	r, err := Open(t.Context(), File(path), o)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	if len(guesses) != 2 || guesses[0].Encoding != "Windows-1252" || strings.Join(guesses[0].Samples, ";") != "Köln;Zürich;Besançon" {
		t.Errorf("guesses %+v", guesses)
	}
}
