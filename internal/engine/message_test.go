package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func refusal(reason string) error {
	return &provider.Error{Class: provider.Invalid, Op: "create the user", Status: 400, Detail: reason}
}

func TestMessage(t *testing.T) {
	record := schema.Record{
		"email": "jo@example.com", "first": "Jo", "name": "O\"Neil, José", "org": int64(4711), "x": "e", "active": true,
		"roles": []string{"create", "user"}, "note": schema.Text("VIP"),
		"address": schema.Record{"city": "Paris"},
		"teams":   []schema.Record{{"id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"}},
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"nothing":                       {nil, ""},
		"no value":                      {errors.New("the disk is full"), "the disk is full"},
		"the key":                       {refusal("jo@example.com is taken"), `could not create the user: the provider returned 400 Bad Request ("[email] is taken")`},
		"the key in other words":        {errors.New("no room for JO@example.com here"), "no room for [email] here"},
		"values stay in our own words":  {errors.New("could not create the user Jo"), "could not create the user Jo"},
		"in whatever case":              {refusal("Jo@Example.COM is taken, jo"), `could not create the user: the provider returned 400 Bad Request ("[email] is taken, [first]")`},
		"whole words":                   {refusal("john and banjo, Jo."), `could not create the user: the provider returned 400 Bad Request ("john and banjo, [first].")`},
		"escaped":                       {refusal(`name O"Neil, José is bad`), `could not create the user: the provider returned 400 Bad Request ("name [name] is bad")`},
		"numbers":                       {refusal("no 4711, but 47110"), `could not create the user: the provider returned 400 Bad Request ("no [org], but 47110")`},
		"lists, objects and free text":  {refusal("create, Paris; vip 1b4e28ba-2fa1-11d2-883f-0016d3cca427"), `could not create the user: the provider returned 400 Bad Request ("[roles], [address.city]; [note] [teams.id]")`},
		"one letter":                    {refusal("e"), `could not create the user: the provider returned 400 Bad Request ("e")`},
		"identifiers of requests":       {refusal("bad, see 9f86d081884c7d65-9a2f"), `could not create the user: the provider returned 400 Bad Request ("bad, see …")`},
		"long words":                    {refusal("internationalization"), `could not create the user: the provider returned 400 Bad Request ("internationalization")`},
		"the local end":                 {errors.New("read tcp 127.0.0.1:49152->192.0.2.1:443: reset, [::1]:5->[::1]:443"), "read tcp 192.0.2.1:443: reset, [::1]:443"},
		"an arrow that joins no ends":   {errors.New("name->email"), "name->email"},
		"a lone quotation mark":         {errors.New(`5" pipe of jo@example.com`), `5" pipe of [email]`},
		"quoted by us":                  {fmt.Errorf("two, %w", provider.Quotef("%s and %s", "Jo", "9f86d081884c7d65-9a2f")), `two, "[first]" and "…"`},
		"a cause without its text":      {&wordless{refusal("Jo")}, "it failed"},
		"two errors":                    {fmt.Errorf("%w; then %w", refusal("Jo"), refusal("jo@example.com")), `could not create the user: the provider returned 400 Bad Request ("[first]"); then could not create the user: the provider returned 400 Bad Request ("[email]")`},
		"bytes that are no text":        {errors.New("\xff\xfe jo@example.com"), "\xff\xfe [email]"},
		"a value inside a longer value": {refusal("jo@example.com.au"), `could not create the user: the provider returned 400 Bad Request ("[email].au")`},
	} {
		t.Run(name, func(t *testing.T) {
			outcome := Result{Item: Item{Key: "jo@example.com", Record: record}, State: rowstate.Failed, Err: test.err}
			if got := outcome.Message(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestMessageNamesAKeyThatIsNoField(t *testing.T) {
	outcome := Result{Item: Item{Key: "jo"}, Err: refusal("Jo exists")}
	if got := outcome.Message(); !strings.HasSuffix(got, `("[key] exists")`) {
		t.Errorf("got %s", got)
	}
}

// FuzzMessage: no quoted word of a provider repeats a value of the row.
func FuzzMessage(f *testing.F) {
	f.Add("jo@example.com is taken", "jo@example.com", "Jo")
	f.Add(`"quoted" \ and é`, "é", `"`)
	f.Add("\xff", "\xff\xff", "aa")
	f.Add("aa aaa aa-aa", "aa", "aaa")
	f.Add("İi ſs KK", "i̇i", "ss")
	f.Fuzz(func(t *testing.T, reason, key, name string) {
		outcome := Result{Item: Item{Key: key, Record: schema.Record{"email": key, "name": name}}, Err: refusal(reason)}
		message := outcome.Message()
		_, quoted, found := strings.Cut(message, ": the provider returned 400 Bad Request")
		if reason == "" || !found {
			return // the key stands in our own words, or there are none of the provider's
		}
		words, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(quoted, " ("), ")"))
		if err != nil {
			t.Fatalf("%s: %v", message, err)
		}
		if strings.ContainsAny(key+name, "[]…\x00") {
			return // it may look like what stands in its place
		}
		rest := strings.NewReplacer("[email]", "\x00", "[name]", "\x00", "[key]", "\x00", "…", "\x00").Replace(words)
		if again := replace(rest, valuesOf(outcome.Record), true); again != rest {
			t.Errorf("%q repeats a value of %q and %q", words, key, name)
		}
	})
}

// wordless is an error whose text does not have that of its cause.
type wordless struct{ cause error }

func (*wordless) Error() string   { return "it failed" }
func (s *wordless) Unwrap() error { return s.cause }
