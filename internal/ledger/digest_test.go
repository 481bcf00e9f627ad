package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	key := []byte("a key")
	digester, another := NewDigester(key), NewDigester([]byte("another key"))
	base := digester.Digest("target", "scope", "Zoë@example.com")
	if base.IsZero() {
		t.Error("a key has the zero digest")
	}
	for name, same := range map[string]Digest{
		"case":               digester.Digest("target", "scope", "ZOË@EXAMPLE.COM"),
		"composition":        digester.Digest("target", "scope", "Zoe\u0308@example.com"),
		"the same key again": digester.Digest("target", "scope", "Zoë@example.com"),
	} {
		if same != base {
			t.Errorf("%s makes a difference", name)
		}
	}
	for name, different := range map[string]Digest{
		"target":   digester.Digest("target2", "scope", "zoë@example.com"),
		"scope":    digester.Digest("target", "", "zoë@example.com"),
		"key":      digester.Digest("target", "scope", "zoe@example.com"),
		"boundary": digester.Digest("targetscope", "", "zoë@example.com"),
		"digester": another.Digest("target", "scope", "zoë@example.com"),
	} {
		if different == base {
			t.Errorf("another %s makes no difference", name)
		}
	}
	if !digester.Digest("target", "scope", "").IsZero() {
		t.Error("the empty key has a digest")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("target\x00scope\x00zoë@example.com"))
	if !bytes.HasPrefix(mac.Sum(nil), base[:]) {
		t.Error("digests are not what older ledgers hold")
	}
}

func TestKeyDigests(t *testing.T) {
	t.Parallel()
	digester := NewDigester([]byte("a key"))
	of := func(key string) KeyDigests { return digester.KeyDigests("target", "", key) }
	if got := of("ada@example.com"); got != (KeyDigests{Form: digester.Digest("target", "", "ada@example.com")}) {
		t.Errorf("a plain key has %+v", got)
	}
	if of("") != (KeyDigests{}) {
		t.Error("the empty key has digests")
	}
	ada, upper := of("ada"), of("ADA")
	if ada.Form != upper.Form || ada.Exact == upper.Exact || upper.Exact == of("Ada").Exact || !upper.Old.IsZero() {
		t.Errorf("%+v and %+v", ada, upper)
	}
	if of("ß").Form == of("ss").Form || of("ß").Old != of("ss").Form || of("ß").Old != of("ẞ").Old || !of("ss").Old.IsZero() {
		t.Errorf("%+v and %+v", of("ß"), of("ss"))
	}
}

func TestPersonDigest(t *testing.T) {
	t.Parallel()
	d := NewDigester([]byte("key"))
	person := func(target string, columns ...string) Digest {
		var headers, values []string
		for i := 0; i < len(columns); i += 2 {
			headers, values = append(headers, columns[i]), append(values, columns[i+1])
		}
		return d.Person(target, headers, values)
	}
	ada := person("t", "Number", "7", "Site", "Paris")
	if ada != person("t", "Site", "Paris", "Number", "7") || ada != person("t", "number", "7", "SITE", "paris") {
		t.Error("the order of the columns, or the case, makes another person")
	}
	for name, other := range map[string]Digest{
		"target": person("u", "Number", "7", "Site", "Paris"), "value": person("t", "Number", "8", "Site", "Paris"), "column": person("t", "Badge", "7", "Site", "Paris"),
		"columns": person("t", "Number", "7"), "exchanged": person("t", "Number", "Paris", "Site", "7"), "user": d.Digest("t", "", "7"),
	} {
		if other == ada || other.IsZero() {
			t.Errorf("another %s is the same person", name)
		}
	}
}
