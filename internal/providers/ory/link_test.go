package ory

import "testing"

func TestNextToken(t *testing.T) {
	for _, test := range []struct {
		headers []string
		want    string
		fails   bool
	}{
		{nil, "", false},
		{[]string{`</admin/identities?page_size=250&page_token=one>; rel="first"`}, "", false},
		{[]string{`</admin/identities?page_size=250&page_token=one>; rel="first",</admin/identities?page_size=250&page_token=two%2B>; rel="next"`}, "two+", false},
		{[]string{`<https://elsewhere.example/x?page_token=a>; rel=first`, `<https://elsewhere.example/x?page_token=b> ; title="a, b"; REL=next`}, "b", false},
		{[]string{`<?page_token=b>; rel="last next"`}, "b", false},
		{[]string{`<?page_token=b>; rel="nextish"`}, "", false},
		{[]string{`<?page=2&per_page=250>; rel="next"`}, "", true},
		{[]string{`<%zz>; rel="next"`}, "", true},
		{[]string{`rel="next"`, `<`, `<?page_token=b`, `>`}, "", false},
	} {
		got, err := nextToken(test.headers)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%q: got %q, %v", test.headers, got, err)
		}
	}
}

// FuzzNextToken holds for any header: it gives a token or a fault, and no address.
func FuzzNextToken(f *testing.F) {
	for _, seed := range []string{`<?page_token=b>; rel="next"`, `<a>;rel=next,<b`, `<?page_token=%00>; REL = "x next"`, `,<>;=;rel=`, "<\xff?page_token=1>;rel=next"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if token, err := nextToken([]string{header}); err != nil && token != "" {
			t.Errorf("%q gave the token %q beside %v", header, token, err)
		}
	})
}
