package xlsx

import (
	"archive/zip"
	"io"
	"path"
	"strings"
)

// Workbook is an open workbook. It reads from its file as long as it is used, and does not have to be closed.
type Workbook struct {
	archive archive
	sheets  []Sheet
	texts   texts
	styles  []format
	epoch   epoch
	layouts map[string]*layout // of the worksheets that were read, by part
}

// Sheet is a worksheet of a workbook.
type Sheet struct {
	// Name is the name on the tab.
	Name string
	// Hidden reports whether the tab is hidden.
	Hidden bool

	part string
}

// Open reads the parts of a workbook except its worksheets. Its errors are *[Error].
func Open(file io.ReaderAt, size int64) (*Workbook, error) {
	return open(file, size, defaults())
}

func open(file io.ReaderAt, size int64, l limits) (*Workbook, error) {
	if err := refuseCompound(file); err != nil {
		return nil, err
	}
	zipped, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &Error{Kind: NotWorkbook, Cause: err, Message: "not an XLSX workbook: " + err.Error()}
	}
	w := &Workbook{archive: newArchive(zipped, l), layouts: map[string]*layout{}}
	if err := w.archive.refuseForeign(); err != nil {
		return nil, err
	}
	if err := w.readWorkbook(); err != nil {
		return nil, err
	}
	return w, nil
}

// Sheets returns the worksheets in the order of their tabs.
func (w *Workbook) Sheets() []Sheet { return w.sheets }

// relations are the parts to which a part refers, by id and by the last word of their type.
type relations struct {
	byID   map[string]relation
	byType map[string]relation
}

type relation struct{ kind, part string }

// relationsOf reads the relations of a part, none if it has none.
func (a archive) relationsOf(name string) (relations, error) {
	folder, file := path.Split(name)
	found := relations{byID: map[string]relation{}, byType: map[string]relation{}}
	place := folder + "_rels/" + file + ".rels"
	if !a.has(place) {
		return found, nil
	}
	var document struct {
		Relationships []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := a.unmarshal(place, &document); err != nil {
		return found, err
	}
	for _, r := range document.Relationships {
		target := r.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join(folder, target)
		}
		entry := relation{kind: path.Base(r.Type), part: strings.TrimPrefix(target, "/")}
		found.byID[r.ID] = entry
		if _, ok := found.byType[entry.kind]; !ok {
			found.byType[entry.kind] = entry
		}
	}
	return found, nil
}

func (w *Workbook) readWorkbook() error {
	root, err := w.archive.relationsOf("")
	if err != nil {
		return err
	}
	main := "xl/workbook.xml"
	if document, ok := root.byType["officeDocument"]; ok {
		main = document.part
	}
	if !w.archive.has(main) {
		return &Error{Kind: NotWorkbook, Message: "a ZIP archive, but not an XLSX workbook", Hint: "unpack it and import the file inside"}
	}
	var document struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.archive.unmarshal(main, &document); err != nil {
		return err
	}
	if isTrue(document.Properties.Date1904) {
		w.epoch = epoch1904
	}
	related, err := w.archive.relationsOf(main)
	if err != nil {
		return err
	}
	for _, sheet := range document.Sheets {
		if target := related.byID[sheet.ID]; target.kind == "worksheet" {
			hidden := sheet.State != "" && sheet.State != "visible"
			w.sheets = append(w.sheets, Sheet{Name: sheet.Name, Hidden: hidden, part: target.part})
		}
	}
	return w.readShared(related)
}

// readShared reads the formats and texts of the worksheets.
func (w *Workbook) readShared(related relations) error {
	if styles, ok := related.byType["styles"]; ok && w.archive.has(styles.part) {
		if err := w.readStyles(styles.part); err != nil {
			return err
		}
	}
	if texts, ok := related.byType["sharedStrings"]; ok && w.archive.has(texts.part) {
		return w.readTexts(texts.part)
	}
	return nil
}

// readStyles reads the number formats of the cell styles.
func (w *Workbook) readStyles(name string) error {
	var document struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.archive.unmarshal(name, &document); err != nil {
		return err
	}
	formats := make(map[int]format, len(document.Formats))
	for _, f := range document.Formats {
		formats[f.ID] = parseFormat(f.Code)
	}
	w.styles = make([]format, len(document.Styles))
	for i, style := range document.Styles {
		f, ok := formats[style.Format]
		if !ok {
			f = parseFormat(builtIn(style.Format))
			formats[style.Format] = f
		}
		w.styles[i] = f
	}
	return nil
}

func isTrue(text string) bool { return text == "1" || text == "true" }
