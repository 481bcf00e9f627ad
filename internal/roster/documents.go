package roster

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bring-aboard/usher/pkg/schema"
)

// documents is a file of objects.
type documents interface {
	// next returns the next element, and io.EOF after the last one. Every other error is one of the whole file.
	next() (element, error)
}

// element is one object of a file of objects.
type element struct {
	line, column int
	// tree is the object as package schema decodes it, with cleaned texts.
	tree map[string]any
	// trimmed is the number of cleaned texts.
	trimmed int
	// broken is set if the element is not a readable object.
	broken *brokenRow
	// locate returns the place of a value by its JSON Pointer.
	locate func(pointer string) (line, column int)
	raw    rawRow
}

// maxDepth is the maximum nesting of lists and objects.
const maxDepth = 32

// readDocuments begins to read the objects as records.
func (r *Roster) readDocuments(p *pass, count *tally) reader {
	return &documentReader{documents: r.objects.documents(p, count), plan: r.plan, matcher: r.matcher, tally: count, at: r.place()}
}

// readKeys prepares for objects whose keys may differ from one to the next.
func (r *Roster) readKeys(ctx context.Context, fieldErrs schema.FieldErrors) error {
	r.plan = emptyPlan(r.options)
	if err := r.confirmEncoding(func() ([]string, error) { return r.samplesOfDocuments(ctx) }); err != nil {
		return err
	}
	all := withPlace(r.place(), fieldErrs)
	faults := r.plan.readTemplates(r.matcher, r.options)
	found, err := r.plan.setBase(r.matcher, r.options)
	if err != nil {
		return err
	}
	found = append(faults, found...)
	for _, f := range found {
		all = append(all, RowError{Place: r.place(), FieldError: f.FieldError})
	}
	if all != nil {
		return all
	}
	first := r.objects.documents(r.content.pass(ctx), &tally{})
	e, err := first.next()
	if isEnd(err) {
		return &Error{Kind: NoRows, Message: "the file contains no objects", Hint: "add one object per user"}
	}
	if opened, ok := first.(interface{ opened() wrapper }); ok {
		opened.opened().describe(&r.description)
	}
	if member := envelopeMember(e.tree); member != "" {
		r.description.Notes = append(r.description.Notes, fmt.Sprintf("each user is in property %q of a document of usher", member))
	}
	return err
}

// documentReader converts objects to records.
type documentReader struct {
	documents
	plan    *plan
	matcher *matcher
	tally   *tally
	at      Place // the file
}

// next returns the next record.
func (r *documentReader) next() (Row, error) {
	e, err := r.documents.next()
	if err != nil {
		return Row{}, err
	}
	r.tally.Rows++
	r.tally.Trimmed += e.trimmed
	row := Row{Number: r.tally.Rows, Line: e.line, Record: schema.Record{}}
	at := r.at
	at.Row, at.Line, at.Column = row.Number, e.line, e.column
	if e.broken != nil {
		at.Line, at.Column = e.broken.line, e.broken.column
		row.Errors = RowErrors{{Place: at, FieldError: e.broken.fault}}
		return row, nil
	}
	var fieldErrs schema.FieldErrors
	tree, member := r.open(e.tree)
	if row.Record, fieldErrs, err = r.record(tree, at, member); err != nil {
		return Row{}, err
	}
	person, lacking := r.plan.person(row.Number, memberOf(tree))
	row.Person = person
	for _, f := range lacking {
		fieldErrs = append(fieldErrs, f.FieldError)
	}
	inside := ""
	if member != "" {
		inside = schema.Pointer([]string{member})
	}
	if field := r.plan.sharedEmail(row.Record, &r.tally.emails); field != "" {
		shared := at
		shared.Header = field
		r.tally.warn(SharedEmail, shared)
	}
	for _, fieldErr := range fieldErrs {
		place := at
		if fieldErr.Pointer != "" {
			place.Line, place.Column = e.locate(inside + fieldErr.Pointer)
		}
		row.Errors = append(row.Errors, RowError{Place: place, FieldError: fieldErr})
	}
	return row, nil
}

// open returns the user in a document of usher, with the member that has it; any other
// object is the user itself. Members that the provider adds are left out.
func (r *documentReader) open(tree map[string]any) (user map[string]any, member string) {
	member = envelopeMember(tree)
	inner, ok := tree[member].(map[string]any)
	if member == "" || !ok {
		return tree, ""
	}
	for key := range inner {
		if !r.matcher.isInShape(key) && !r.matcher.isMapped(key) {
			delete(inner, key)
			r.tally.leave(member, key)
		}
	}
	return inner, member
}

// record reads one object: what has the documented shape as it stands, and other keys as
// the headers of a table. In the property of a document of usher, what the provider adds
// is left out.
func (r *documentReader) record(tree map[string]any, at Place, member string) (schema.Record, schema.FieldErrors, error) {
	derived := schema.Record{}
	computed := r.plan.compute(derived, at.Row, memberOf(tree))
	s := shapeOf(tree, r.matcher)
	record, decoded := r.plan.table.Decode(s.document)
	r.tally.Trimmed += cleanRecord(r.plan.table, record)
	for _, key := range s.ignored {
		r.tally.leave(member, key)
	}
	if member != "" {
		decoded = slices.DeleteFunc(decoded, func(fieldErr *schema.FieldError) bool {
			added := fieldErr.Cause == schema.Unknown || fieldErr.Cause == schema.WrongType
			if added {
				r.tally.leave(member, fieldErr.Field)
			}
			return added
		})
	}
	fieldErrs := slices.Concat(s.faults, decoded)
	for _, f := range computed {
		fieldErrs = append(fieldErrs, f.FieldError)
	}
	for _, g := range s.groups {
		objects, found := g.objects()
		fieldErrs = append(fieldErrs, found...)
		if objects != nil {
			record[g.field.Name] = objects
		}
	}
	for _, name := range r.plan.set {
		if record[name] != nil {
			fieldErr := &schema.FieldError{
				Field: name, Cause: Twice, Message: name + ": duplicate value, from this object and from --set " + name,
				Hint: "omit one of them",
			}
			fieldErr.Pointer = s.pointerOf(fieldErr)
			fieldErrs = append(fieldErrs, fieldErr)
		}
	}
	maps.Copy(record, derived)
	inspected := r.inspect(record, s, at)
	fieldErrs = append(fieldErrs, inspected...)
	unread := slices.Clone(fieldErrs)
	record, found, err := r.plan.validate(r.plan.base.With(record), nil, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range found {
		isThis := func(earlier *schema.FieldError) bool { return earlier.Field == f.Field }
		if f.Cause == schema.Missing && slices.ContainsFunc(unread, isThis) || slices.ContainsFunc(inspected, isThis) {
			continue
		}
		f.Pointer = s.pointerOf(f.FieldError)
		fieldErrs = append(fieldErrs, f.FieldError)
	}
	for _, fieldErr := range fieldErrs {
		fieldErr.Pointer = s.original(fieldErr.Pointer)
	}
	return record, fieldErrs, nil
}

// inspect checks the texts of a record, as the cells of a table.
func (r *documentReader) inspect(record schema.Record, s *shape, at Place) schema.FieldErrors {
	var fieldErrs schema.FieldErrors
	for i := range r.plan.table {
		f := &r.plan.table[i]
		texts(f, record[f.Name], func(part *schema.Field, text string) {
			fieldErr, concern := inspectText(part, text)
			if concern != "" {
				at.Header = f.Name
				r.tally.warn(concern, at)
			}
			if fieldErr != nil {
				fieldErr.Field = f.Name
				fieldErr.Pointer = s.pointerOf(fieldErr)
				fieldErrs = append(fieldErrs, fieldErr)
			}
		})
	}
	return fieldErrs
}
