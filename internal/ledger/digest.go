package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Digest stands for one person at one target: the first 16 bytes of an
// HMAC-SHA256 under the ledger's own key. The zero Digest stands for a row
// without a natural key, of which nothing can be known.
type Digest [16]byte

// IsZero tells whether the digest stands for nobody.
func (d Digest) IsZero() bool { return d == Digest{} }

// blob gives the digest as it is stored: nil where it stands for nobody.
func (d Digest) blob() []byte {
	if d.IsZero() {
		return nil
	}
	return d[:]
}

// Digest gives the digest of a natural key at a target. The scope is the
// organization where the provider tells users apart within one, else "". Keys
// that are equal under [schema.FoldKey] have the same digest; the empty key
// has the zero Digest. It is safe for concurrent use.
func (l *Ledger) Digest(target, scope, key string) Digest {
	if key == "" {
		return Digest{}
	}
	d, ok := l.digesters.Get().(*digester)
	if !ok {
		d = &digester{mac: hmac.New(sha256.New, l.key)}
	}
	defer l.digesters.Put(d)
	return d.digest(target, scope, schema.FoldKey(key))
}

// digester makes digests under one key. It is for one goroutine at a time: to
// take one up again costs less than to work the key in anew.
type digester struct {
	mac  hash.Hash
	text []byte
	sum  []byte
}

func (d *digester) digest(target, scope, key string) Digest {
	d.text = append(d.text[:0], target...)
	d.text = append(d.text, 0)
	d.text = append(d.text, scope...)
	d.text = append(d.text, 0)
	d.text = append(d.text, key...)
	d.mac.Reset()
	d.mac.Write(d.text)
	d.sum = d.mac.Sum(d.sum[:0])
	return Digest(d.sum[:len(Digest{})])
}
