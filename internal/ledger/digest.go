package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Digest identifies a user at one target: the first 16 bytes of an HMAC-SHA256 under the key of a [Digester]. The
// zero Digest is that of a row without a natural key, of which nothing can be known.
type Digest [16]byte

// IsZero reports whether the digest is that of no user.
func (d Digest) IsZero() bool { return d == Digest{} }

// Blob returns the digest as it is stored: nil for the zero Digest.
func (d Digest) Blob() []byte {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

// Digester computes the digests of a store, under the store's key. It is safe for concurrent use.
type Digester struct {
	key    []byte
	hashes sync.Pool // of *keyedHash
}

// NewDigester returns a new digester with a key.
func NewDigester(key []byte) *Digester { return &Digester{key: key} }

// Digest returns the digest of a natural key at a target. The scope is the organization if the provider identifies
// users within one, else "". Keys that are equal under [schema.KeyForm] have the same digest; the empty key has
// the zero Digest.
func (d *Digester) Digest(target, scope, key string) Digest {
	return d.digest(target, scope, schema.KeyForm(key))
}

// KeyDigests are the digests of one natural key at a target.
type KeyDigests struct {
	// Form is the result of [Digester.Digest].
	Form Digest
	// Exact distinguishes keys with the same Form that differ in some byte. It is zero for a key that equals its
	// [schema.KeyForm].
	Exact Digest
	// Old is the digest under which older runs recorded the key: they compared by full case folding, which merges
	// different letters (ß and ss). It is zero if the digested text is the same. A user known only by it is in
	// doubt.
	Old Digest
}

// KeyDigests returns the digests of a natural key, as [Digester.Digest] does.
func (d *Digester) KeyDigests(target, scope, key string) KeyDigests {
	form := schema.KeyForm(key)
	digests := KeyDigests{Form: d.digest(target, scope, form)}
	if key != form {
		digests.Exact = d.digest(target, scope, key)
	}
	if old := oldForm(key); old != form {
		digests.Old = d.digest(target, scope, old)
	}
	return digests
}

// Person returns the digest of a person without a key at a target, by the values of columns that tell people apart. It is
// the same for every order of the columns, and compares headers and values as [Digester.Digest] compares keys.
func (d *Digester) Person(target string, headers, values []string) Digest {
	texts := make([]string, len(headers))
	for i, header := range headers {
		texts[i] = schema.FoldName(header) + "\x00" + values[i]
	}
	slices.Sort(texts)
	return d.Digest(target, "\x00person", strings.Join(texts, "\x00"))
}

// Identity returns the identity of credentials and of an organization, both at the provider of a target. Nil
// credentials and "" are unknown.
func (d *Digester) Identity(at string, credentials []string, organization string) Identity {
	provider, _, _ := strings.Cut(at, " ")
	var id Identity
	if len(credentials) > 0 {
		id.Credentials = d.Digest(provider, "credentials", strings.Join(credentials, "\x00"))
	}
	id.Organization = d.Digest(provider, "organization", organization)
	return id
}

// Respelling is a digest under another spelling of a target, with the digest of the same form of a key under the
// target's spelling.
type Respelling struct{ Other, Digest Digest }

// Respellings returns the digests under which a natural key may be recorded with other spellings of a target; see
// [Store]. They include the old comparison of keys.
func (d *Digester) Respellings(at string, spellings []string, scope, key string) []Respelling {
	own := d.KeyDigests(at, scope, key)
	var respellings []Respelling
	for _, spelling := range spellings {
		other := d.KeyDigests(spelling, scope, key)
		for _, r := range []Respelling{{Other: other.Form, Digest: own.Form}, {Other: other.Old, Digest: own.Old}} {
			if !r.Digest.IsZero() && r.Other != r.Digest {
				respellings = append(respellings, r)
			}
		}
	}
	return respellings
}

// oldForm returns the form in which older runs compared keys (see [KeyDigests]).
func oldForm(key string) string {
	if isASCII(key) {
		return strings.ToLower(key)
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(key)))
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// digest returns the digest of a form of a key.
func (d *Digester) digest(target, scope, form string) Digest {
	if form == "" {
		return Digest{}
	}
	h, ok := d.hashes.Get().(*keyedHash)
	if !ok {
		h = &keyedHash{mac: hmac.New(sha256.New, d.key)}
	}
	defer d.hashes.Put(h)
	return h.digest(target, scope, form)
}

// keyedHash computes digests under one key. It is not safe for concurrent use. Reusing it is cheaper than hashing
// the key again.
type keyedHash struct {
	mac  hash.Hash
	text []byte
	sum  []byte
}

func (h *keyedHash) digest(target, scope, key string) Digest {
	h.text = append(h.text[:0], target...)
	h.text = append(h.text, 0)
	h.text = append(h.text, scope...)
	h.text = append(h.text, 0)
	h.text = append(h.text, key...)
	h.mac.Reset()
	h.mac.Write(h.text)
	h.sum = h.mac.Sum(h.sum[:0])
	return Digest(h.sum[:len(Digest{})])
}
