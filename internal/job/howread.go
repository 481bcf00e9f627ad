package job

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/roster"
)

// The names in the profile's setting roster.
const (
	formEncoding  = "encoding"
	formSheet     = "sheet"
	formHeaderRow = "header-row"
)

// howRead is how a roster is read, by the profile and the flags over it.
type howRead struct {
	mapping map[string]string
	ignored []string
	// encoding and sheet are the profile's, for a text that does not show its encoding and
	// for a workbook.
	encoding, sheet string
	headerRow       int
}

// howRead reads the profile's settings and the flags.
func (r *Reader) howRead() (*howRead, error) {
	profile := r.selection.Profile
	given, err := pairs("--map", r.Map)
	if err != nil {
		return nil, err
	}
	how := &howRead{mapping: map[string]string{}, ignored: slices.Clone(r.Ignore), headerRow: r.HeaderRow}
	for header, field := range profile.Reading.Mapping {
		_, isGiven := given[header]
		switch {
		case isGiven:
		case field == "":
			how.ignored = append(how.ignored, header)
		case !slices.Contains(r.Ignore, header):
			how.mapping[header] = field
		}
	}
	maps.Copy(how.mapping, given)
	for name, value := range profile.Reading.Form {
		switch name {
		case formEncoding:
			how.encoding = value
		case formSheet:
			how.sheet = value
		case formHeaderRow:
			row, err := strconv.Atoi(value)
			if err != nil || row < 1 {
				return nil, failure.Refuse(profile.SettingError("roster", name, fmt.Errorf("%s must be a whole number of 1 or more", name)))
			}
			if how.headerRow == 0 {
				how.headerRow = row
			}
		default:
			return nil, failure.Refuse(profile.SettingError("roster", name, fmt.Errorf("%q must be one of %s, %s, %s", name, formEncoding, formSheet, formHeaderRow)))
		}
	}
	return how, nil
}

// fromProfile says in phrases what the profile says about reading that no flag does.
func (r *Reader) fromProfile(description roster.Description) string {
	form, texts := r.selection.Profile.Reading.Form, []string(nil)
	if form[formEncoding] != "" && r.Encoding == "" && description.UsedUsual {
		texts = append(texts, "encoding "+form[formEncoding])
	}
	if form[formSheet] != "" && r.Sheet == "" && description.Sheet != "" {
		texts = append(texts, fmt.Sprintf("sheet %q", form[formSheet]))
	}
	if form[formHeaderRow] != "" && r.HeaderRow == 0 && len(description.Columns) > 0 {
		texts = append(texts, "header in row "+form[formHeaderRow])
	}
	if texts == nil {
		return ""
	}
	return "by the profile: " + strings.Join(texts, ", ")
}

// setFor returns the values of --set, and if users are created those of the route and then of the profile, in fields that
// have none yet.
func (r *Reader) setFor(options roster.Options) (map[string]string, error) {
	set, err := pairs("--set", r.Set)
	if err != nil || !r.creates {
		return set, err
	}
	for _, layer := range []map[string]string{r.texts, r.selection.Profile.Reading.Set} {
		before := slices.Collect(maps.Keys(set))
		for name, value := range layer {
			f, _ := options.Table.Match(name)
			isThis := func(other string) bool { g, ok := options.Table.Match(other); return ok && g.Name == f.Name }
			if !slices.ContainsFunc(before, isThis) {
				set[name] = value
			}
		}
	}
	return set, nil
}

// checkSaved refuses --save-mapping if the profile cannot have what it would save.
func (r *run) checkSaved() error {
	if !r.SaveMapping {
		return nil
	}
	if r.Selection.Profile.Builtin {
		return failure.Refuse(fmt.Errorf("--save-mapping: profile %s is built in and cannot be changed", r.Selection.Profile.Name),
			failure.Note("omit --save-mapping, or use a saved profile"), "usher profiles add NAME --provider "+r.Selection.Adapter.Name)
	}
	set, err := pairs("--set", r.reader.Set)
	if err != nil {
		return err
	}
	for name := range set {
		if f, ok := r.Selection.Adapter.Table.Match(name); ok && f.HasSecret() {
			return failure.Refuse(fmt.Errorf("--save-mapping: --set %s is secret and is not saved in a profile", f.Name), "omit --save-mapping")
		}
	}
	return nil
}

// saveMapping stores how the roster was read in the profile, if that was asked for.
func (r *run) saveMapping() error {
	if !r.SaveMapping {
		return nil
	}
	loaded, err := r.App.Config()
	if err != nil {
		return err
	}
	reading, err := r.reader.saved()
	if err != nil {
		return err
	}
	if err := loaded.SetReading(r.Selection.Profile.Name, reading); err != nil {
		return failure.Refuse(err)
	}
	r.App.Streams.Say("", fmt.Sprintf("Saved how this roster is read in profile %s.", r.Selection.Profile.Name))
	return nil
}

// saved returns what --save-mapping stores: the settings of the profile, and the flags
// over them. Values of joined files are left out, as the files may be gone.
func (r *Reader) saved() (config.Reading, error) {
	how, err := r.howRead()
	if err != nil {
		return config.Reading{}, err
	}
	reading := config.Reading{Mapping: how.mapping, Set: map[string]string{}, Form: map[string]string{}}
	for _, header := range how.ignored {
		reading.Mapping[header] = ""
	}
	given, err := pairs("--set", r.Set)
	if err != nil {
		return reading, err
	}
	maps.Copy(reading.Set, r.selection.Profile.Reading.Set)
	for name, value := range given {
		if len(r.Join) == 0 || !strings.HasPrefix(value, "@") {
			reading.Set[name] = value
		}
	}
	maps.Copy(reading.Form, r.selection.Profile.Reading.Form)
	for name, value := range map[string]string{formEncoding: r.Encoding, formSheet: r.Sheet} {
		if value != "" {
			reading.Form[name] = value
		}
	}
	if r.HeaderRow > 0 {
		reading.Form[formHeaderRow] = strconv.Itoa(r.HeaderRow)
	}
	return reading, nil
}
