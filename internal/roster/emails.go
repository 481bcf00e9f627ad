package roster

import (
	"hash/maphash"

	"github.com/bring-aboard/usher/pkg/schema"
)

// emailsKept is the number of emails that are compared with those of later rows. It limits the use of memory.
const emailsKept = 1 << 18

// emailSet finds emails of earlier rows. It stores digests only.
type emailSet struct {
	seed maphash.Seed
	seen map[uint64]struct{}
}

// again reports whether an email occurred before, and stores it.
func (s *emailSet) again(email string) bool {
	if s.seen == nil {
		s.seed, s.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	digest := maphash.String(s.seed, schema.KeyForm(email))
	if _, ok := s.seen[digest]; ok {
		return true
	}
	if len(s.seen) < emailsKept {
		s.seen[digest] = struct{}{}
	}
	return false
}

// emailsOf returns the email fields of a user, except the key, which is compared separately.
func emailsOf(table schema.Table) []string {
	var names []string
	keyed := false
	for i := range table {
		f := &table[i]
		isKey := f.Required && (f.Identifier || f.Format == schema.Email)
		isEmail := f.Format == schema.Email || f.Identifier && schema.FoldName(f.Name) == "email" ||
			f.Kind == schema.Objects && len(f.Parts) > 0 && f.Parts[0].Format == schema.Email
		if isKey && !keyed {
			keyed = true
			continue
		}
		if isEmail {
			names = append(names, f.Name)
		}
	}
	return names
}

// sharedEmail returns the field of an email that an earlier row has, "" for none.
func (p *plan) sharedEmail(record schema.Record, seen *emailSet) string {
	shared := ""
	for _, name := range p.emails {
		f, _ := p.table.Field(name)
		own := map[string]bool{}
		texts(&f, record[name], func(part *schema.Field, text string) {
			isEmail := part.Format == schema.Email || part.Identifier
			if isEmail && text != "" && !own[schema.KeyForm(text)] && seen.again(text) {
				shared = name
			}
			own[schema.KeyForm(text)] = true
		})
	}
	return shared
}
