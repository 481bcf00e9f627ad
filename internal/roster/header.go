package roster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// newPlan decides what each column is for. It returns all errors in the header at once.
func newPlan(headers []string, m *matcher, o Options) (*plan, []cellError, error) {
	p := emptyPlan(o)
	faults := p.readTemplates(m, o)
	faults = append(faults, p.matchColumns(headers, m)...)
	for i, header := range headers {
		if _, earlier := p.headers[headerKey(header)]; !earlier {
			p.headers[headerKey(header)] = i
		}
	}
	for i := range p.computed {
		if fieldErr := p.computed[i].unknown(headers); fieldErr != nil {
			faults = append(faults, cellError{column: -1, FieldError: fieldErr})
		}
	}
	faults = append(faults, p.findIdentity(headers)...)
	p.gatherLists()
	p.preferDocumented()
	faults = append(faults, p.findTwice()...)
	p.groupMembers()
	p.key = slices.IndexFunc(p.columns, func(c column) bool {
		return !c.skip && c.part == wholeField && c.field.Required && (c.field.Identifier || c.field.Format == schema.Email)
	})
	found, err := p.setBase(m, o)
	faults = append(faults, found...)
	return p, append(faults, p.findMissing()...), err
}

func emptyPlan(o Options) *plan {
	return &plan{
		table: o.Table, check: o.validate(), identify: o.Identify, later: slices.Concat(o.Later, o.Filled), home: map[string]int{}, headers: map[string]int{},
		readsEmpties: o.Empties, emails: emailsOf(o.Table), generator: cmp.Or(o.Generator, "--generate-passwords --credentials FILE"),
	}
}

// matchColumns finds the target of each header.
func (p *plan) matchColumns(headers []string, m *matcher) []cellError {
	var faults []cellError
	m.hasAddress = slices.ContainsFunc(headers, m.isOfAddress)
	for i, header := range headers {
		c := column{header: header, skip: true}
		if header == "" {
			if found, ok := m.byPlace(i); ok {
				c.take(found)
			} else if !m.isIgnored("", i) && !m.lenient {
				p.unnamed = append(p.unnamed, i)
			}
			p.columns = append(p.columns, c)
			continue
		}
		if p.readsEmpties && isClearColumn(header) {
			p.empties = i + 1
		}
		found := m.match(header)
		if i == 0 && m.isListed(headers) {
			found, c.assigned = match{verdict: ignored}, true
		}
		switch found.verdict {
		case matched:
			c.take(found)
		case unknown:
			faults = append(faults, cellError{column: i, FieldError: m.unknownColumn("column", header)})
		case ambiguous:
			faults = append(faults, cellError{column: i, FieldError: ambiguousColumn("column", header, found.names)})
		}
		p.columns = append(p.columns, c)
	}
	return faults
}

// isListed reports whether a header is that of `usher users list -o csv`: the provider's
// ids, then fields by their documented names, as [Header] returns them.
func (m *matcher) isListed(headers []string) bool {
	if len(headers) < 2 || headers[0] != "id" || m.isMapped("id") {
		return false
	}
	if _, isField := m.table.Field("id"); isField {
		return false
	}
	return !slices.ContainsFunc(headers[1:], func(header string) bool {
		isHeader := func(f schema.Field) bool { return Header(f) == header }
		return !isOwn(header) && !slices.ContainsFunc(m.table, isHeader)
	})
}

// take applies the target of a header to its column.
func (c *column) take(found match) {
	c.target, c.skip, c.label, c.usual = found.target, false, found.label, found.usual
	c.inverted, c.documented = found.inverted, found.documented
	c.compact = c.part == wholeField && isCompact(c.field, found.form)
}

// gatherLists combines several columns for one list of objects, if each contains whole objects: a phone and a
// mobile phone. Columns of which one has a type have one object each.
func (p *plan) gatherLists() {
	for _, f := range p.table {
		if f.Kind != schema.Objects {
			continue
		}
		var whole []int
		apart := false
		for i := range p.columns {
			c := &p.columns[i]
			if c.skip || c.field.Name != f.Name {
				continue
			}
			if isValue := c.part != wholeField && f.Parts[c.part].Required && !isCompact(f, ""); c.part == wholeField || isValue {
				whole = append(whole, i)
			} else {
				apart = true
			}
		}
		if apart || len(whole) < 2 && (len(whole) == 0 || p.columns[whole[0]].label == "") {
			continue
		}
		typed := slices.ContainsFunc(whole, func(i int) bool { return p.columns[i].label != "" })
		for n, i := range whole {
			c := &p.columns[i]
			c.part, c.more = wholeField, n > 0
			if typed && c.label == "" && !c.compact && c.usual != "" {
				c.label = c.usual
			}
		}
	}
}

// preferDocumented ignores a column that matches its field by another word if another column has the documented
// name.
func (p *plan) preferDocumented() {
	for i := range p.columns {
		c := &p.columns[i]
		if c.skip || c.more || c.part != wholeField || c.documented {
			continue
		}
		for j, other := range p.columns {
			if j != i && !other.skip && other.documented && other.field.Name == c.field.Name && other.part == wholeField && headerKey(other.header) != headerKey(c.header) {
				c.skip, c.instead = true, other.header
			}
		}
	}
}

// findTwice reports columns with the target of an earlier one, and records the column of each field.
func (p *plan) findTwice() []cellError {
	var faults []cellError
	for i, c := range p.columns {
		if c.skip {
			continue
		}
		for j, earlier := range p.columns[:i] {
			if earlier.skip || c.more || earlier.field.Name != c.field.Name || earlier.part != c.part && earlier.part != wholeField && c.part != wholeField {
				continue
			}
			faults = append(faults, cellError{column: i, FieldError: twice(j, earlier, i, c)})
			break
		}
		if _, ok := p.home[c.field.Name]; !ok {
			p.home[c.field.Name] = i
		}
	}
	return faults
}

func twice(j int, earlier column, i int, c column) *schema.FieldError {
	fieldErr := &schema.FieldError{Field: c.name(), Cause: Twice, Hint: "ignore one of them: --ignore-column " + quoted(c.header)}
	if headerKey(earlier.header) == headerKey(c.header) {
		fieldErr.Message = fmt.Sprintf("duplicate column %q: columns %s and %s", shorten(c.header), columnNumber(j), columnNumber(i))
		fieldErr.Hint = "delete one of them, or change the header of one"
		return fieldErr
	}
	fieldErr.Message = fmt.Sprintf("columns %q (%s) and %q (%s) are both for %s",
		shorten(earlier.header), columnNumber(j), shorten(c.header), columnNumber(i), c.name())
	return fieldErr
}

// columnNumber returns the number and the letter of a column: "3 (C)".
func columnNumber(index int) string {
	return fmt.Sprintf("%d/%s", index+1, xlsx.ColumnName(index+1))
}

// groupMembers collects the columns for properties of lists of objects.
func (p *plan) groupMembers() {
	for _, f := range p.table {
		g := group{field: f, columns: slices.Repeat([]int{-1}, len(f.Parts))}
		for i, c := range p.columns {
			if !c.skip && c.part != wholeField && c.field.Name == f.Name && g.columns[c.part] < 0 {
				g.columns[c.part] = i
			}
		}
		if slices.Max(append(g.columns, -1)) >= 0 {
			p.groups = append(p.groups, g)
		}
	}
}

// setBase applies the defaults and the values that are set for all rows.
func (p *plan) setBase(m *matcher, o Options) ([]cellError, error) {
	set, faults := schema.Record{}, []cellError(nil)
	for i := range p.computed {
		name := p.computed[i].field.Name
		p.set = append(p.set, name)
		faults = append(faults, p.givenTwice(name, name)...)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		if isTemplate(o.Set[name]) {
			continue
		}
		f, value, found := m.setting(name, o.Set[name])
		if f.Name == "" && m.othersWant(name) {
			continue
		}
		if found == nil {
			var err error
			if value, found, err = p.checkSetting(f, value); err != nil {
				return nil, err
			}
		}
		p.set = append(p.set, f.Name)
		for _, fieldErr := range found {
			faults = append(faults, cellError{column: -1, FieldError: fieldErr})
		}
		if found != nil {
			continue
		}
		if found := p.givenTwice(f.Name, name); found != nil {
			faults = append(faults, found...)
			continue
		}
		set[f.Name] = value
	}
	for _, name := range o.Filled {
		p.set = append(p.set, name)
		faults = append(faults, p.givenTwice(name, name)...)
	}
	p.base = o.Defaults.With(set)
	return faults, nil
}

// givenTwice reports a field that is set for all rows, under this name, and also has a column.
func (p *plan) givenTwice(field, name string) []cellError {
	i, ok := p.home[field]
	if !ok {
		return nil
	}
	return []cellError{{column: i, FieldError: &schema.FieldError{
		Field: field, Cause: Twice, Message: fmt.Sprintf("%s: duplicate value, from this column and from --set %s", field, name),
		Hint: "omit --set, or ignore the column: --ignore-column " + quoted(p.columns[i].header),
	}}}
}

// checkSetting validates one value that is set for all rows, and returns it in its final form.
func (p *plan) checkSetting(f schema.Field, value any) (any, schema.FieldErrors, error) {
	record, found, err := p.check(schema.Record{f.Name: value})
	if err != nil {
		return nil, nil, err
	}
	var fieldErrs schema.FieldErrors
	for _, fieldErr := range found {
		if fieldErr.Field == f.Name && (fieldErr.Cause != schema.Missing || !record.IsEmpty(f.Name)) {
			fieldErrs = append(fieldErrs, fieldErr)
		}
	}
	return record[f.Name], fieldErrs, nil
}

// readTemplates reads the values that are templates.
func (p *plan) readTemplates(m *matcher, o Options) (faults []cellError) {
	list, fieldErrs := m.templates(o)
	for _, fieldErr := range fieldErrs {
		faults = append(faults, cellError{column: -1, FieldError: fieldErr})
	}
	p.computed = list
	return faults
}

// settable returns a field that can be set for all rows.
func (m *matcher) settable(name string) (schema.Field, schema.FieldErrors) {
	fail := func(f schema.Field, message, hint string) (schema.Field, schema.FieldErrors) {
		return f, schema.FieldErrors{{Field: name, Cause: schema.Unknown, Message: message, Hint: hint}}
	}
	t, ok := m.resolve(name)
	switch {
	case !ok:
		return fail(t.field, fmt.Sprintf("--set: unknown field %q", name), m.meant(name))
	case t.part != wholeField:
		return fail(t.field, "--set "+name+" is one property of "+t.field.Name, "set the whole field: --set "+quoted(t.field.Name+"="+t.field.ValueName()))
	case t.field.Secret:
		return fail(t.field, "--set "+t.field.Name+" would show a secret in the list of processes", "add a column for it, or generate it")
	}
	return t.field, nil
}

// setting reads one value that is set for all rows.
func (m *matcher) setting(name, text string) (schema.Field, any, schema.FieldErrors) {
	field, fieldErrs := m.settable(name)
	if fieldErrs != nil {
		return field, nil, fieldErrs
	}
	value, fieldErr := field.Parse(text)
	if fieldErr != nil {
		return field, nil, schema.FieldErrors{fieldErr}
	}
	return field, value, nil
}

// findMissing reports the required fields without a value.
func (p *plan) findMissing() []cellError {
	var faults []cellError
	report := func(name, message, otherwise string) {
		hint := fmt.Sprintf("specify its column: --map HEADER=%s%s", name, otherwise)
		faults = append(faults, cellError{column: -1, FieldError: &schema.FieldError{Field: name, Cause: NoColumn, Message: message, Hint: hint}})
	}
	for _, f := range p.table {
		_, given := p.home[f.Name]
		promised := slices.Contains(p.set, f.Name) || slices.Contains(p.later, f.Name)
		if f.Required && !given && !promised && p.base.IsEmpty(f.Name) {
			otherwise := fmt.Sprintf(", or set one value for all rows: --set %s=VALUE", f.Name)
			if f.Secret {
				otherwise = ", or generate one for each row: " + p.generator
			}
			report(f.Name, "no column for required field "+f.Name, otherwise)
		}
	}
	for _, g := range p.groups {
		for part, column := range g.columns {
			if column < 0 && g.field.Parts[part].Required {
				name := g.field.Name + "." + g.field.Parts[part].Name
				report(name, fmt.Sprintf("no column for %s, although %s has other columns", name, g.field.Name), "")
			}
		}
	}
	return faults
}
