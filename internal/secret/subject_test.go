package secret

import (
	"encoding/base64"
	"testing"
)

func TestSubject(t *testing.T) {
	jwt := func(claims, signature string) string {
		return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "." + signature
	}
	subject := func(text string) string { return secretOf(t, text).Subject() }
	first := subject(jwt(`{"iss":"https://auth.example.com","sub":"42","tid":"acme","exp":1,"jti":"a"}`, "x"))
	if again := subject(jwt(`{"iss":"https://auth.example.com","sub":"42","tid":"acme","exp":2,"jti":"b"}`, "y")); again != first {
		t.Error("a token that is issued anew has another subject")
	}
	seen := map[string]string{first: "the first"}
	for _, other := range []string{
		jwt(`{"iss":"https://auth.example.com","sub":"42","tid":"globex","exp":1}`, "x"),
		jwt(`{"iss":"https://auth.example.com","sub":"43","tid":"acme","exp":1}`, "x"),
		jwt(`{"iss":"https://auth.example.org","sub":"42","tid":"acme","exp":1}`, "x"),
		jwt(`{"iss":"https://auth.example.com","sub":"42","tid":"acme","exp":1,"azp":"client"}`, "x"),
	} {
		if same, known := seen[subject(other)]; known {
			t.Errorf("%s has the subject of %s", other, same)
		}
		seen[subject(other)] = other
	}
	for _, whole := range []string{
		"sk_live_42", "a.b.c", "a.b", jwt(`{"iss":"i","sub":"s"}`, "x"), jwt(`{"iss":"i","exp":1}`, "x"), jwt(`{"sub":"s","exp":1}`, "x"), jwt(`[1]`, "x"), "",
	} {
		if whole != "" && subject(whole) != whole {
			t.Errorf("%s has the subject %q", whole, subject(whole))
		}
	}
}
