package secret

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Subject returns what stays the same if a secret is issued anew: the issuer,
// the subject, the client and the tenant of a JWT (RFC 7519) that expires, and
// the whole of every other secret. It is as secret as the value.
func (v Value) Subject() string {
	parts := strings.Split(v.Reveal(), ".")
	const partsOfJWT = 3
	if len(parts) != partsOfJWT {
		return v.Reveal()
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	claims := struct {
		Expires *json.Number `json:"exp"`
		Issuer  string       `json:"iss"`
		Subject string       `json:"sub"`
		Client  string       `json:"client_id"`
		Party   string       `json:"azp"`
		App     string       `json:"appid"`
		Tenant  string       `json:"tid"`
	}{}
	if err != nil || json.Unmarshal(text, &claims) != nil || claims.Expires == nil || claims.Issuer == "" || claims.Subject == "" {
		return v.Reveal()
	}
	return strings.Join([]string{"jwt", claims.Issuer, claims.Subject, claims.Client, claims.Party, claims.App, claims.Tenant}, "\x00")
}
