package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// digestLength is the length of a digest in characters.
const digestLength = 16

// digest returns a short identifier for a text that is not to be stored.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:digestLength]
}

// accepts reports whether a credential is one of Options.Tokens, or any is accepted.
func (b *backend) accepts(credential string) bool {
	if len(b.admitted) == 0 {
		return true
	}
	accepted := 0
	for _, token := range b.admitted {
		accepted |= subtle.ConstantTimeCompare([]byte(token), []byte(credential))
	}
	return accepted == 1
}

// admit refuses a bearer token that is neither accepted nor issued by this server.
func (b *backend) admit(token string) error {
	if b.accepts(token) {
		return nil
	}
	if _, _, ours := b.tokens.read(token); ours {
		return b.tokens.verify(token, b.now())
	}
	p := unauthorized("token not accepted; use the one that usher sandbox serve has printed")
	p.code = codeInvalid
	return p
}

// tenantOf returns the tenant of a request: a digest of its bearer token, or of the client or user that the token was
// issued to. It is empty for a request without a token.
func (b *backend) tenantOf(r *request) string {
	token := r.bearer()
	if token == "" {
		return ""
	}
	if _, subject, ours := b.tokens.read(token); ours {
		return subject
	}
	return digest(token)
}
