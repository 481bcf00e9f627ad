package xlsx

import (
	"strings"
	"testing"
)

func TestNumbersAreShownAsTheirFormatShowsThem(t *testing.T) {
	for _, test := range []struct {
		code, raw, want string
		kind            Kind
		exponent        bool
	}{
		{"General", "42", "42", Number, false},
		{"General", "-1.5", "-1.5", Number, false},
		{"General", "0.10000000000000001", "0.1", Number, false},
		{"general", "12000000000", "12000000000", Number, false},
		{"General", "1.2E+11", "120000000000", Number, true},
		{"General", "4915112345678901", "4915112345678901", Number, true},
		{"", "7", "7", Number, false},
		{"0", "1067", "1067", Number, false},
		{"0", "1.6", "2", Number, false},
		{"@", "1067", "1067", Number, false},
		{"00000", "1067", "01067", Formatted, false},
		{"00000-0000", "123456789", "12345-6789", Formatted, false},
		{"000-00-0000", "1234567", "001-23-4567", Formatted, false},
		{"[<=9999999]###-####;(###) ###-####", "5551234", "555-1234", Formatted, false},
		{"[<=9999999]###-####;(###) ###-####", "2025551234", "(202) 555-1234", Formatted, false},
		{`"+"0`, "33612345678", "+33612345678", Formatted, false},
		{`\+00 00`, "3361", "+33 61", Formatted, false},
		{"#,##0", "1234567", "1,234,567", Formatted, false},
		{"#,##0.00", "-1234.5", "-1,234.50", Formatted, false},
		{"0.0##", "1.25", "1.25", Formatted, false},
		{"0.###", "3", "3", Formatted, false},
		{".00", "12.3", "12.30", Formatted, false},
		{"$.00", "12.3", "$12.30", Formatted, false},
		{"0%", "0.256", "26%", Formatted, false},
		{"0.0%", "0.256", "25.6%", Formatted, false},
		{"0.00,", "1234567", "1234.57", Formatted, false},
		{"[Red]-0;[Blue]0", "-5", "5", Number, false},
		{`0;(0);"none"`, "-5", "(5)", Formatted, false},
		{`0;(0);"none"`, "0", "none", Formatted, false},
		{`[$€-407] #,##0.00`, "5", "€ 5.00", Formatted, false},
		{`_(* #,##0_);_(* (#,##0)`, "1000", "1,000", Formatted, false},
		{";;;", "5", "5", Number, false},
		{"0.00E+00", "12345", "12345", Number, true},
		{"# ?/?", "0.5", "0.5", Number, false},
		{"yyyy-mm-dd", "45352", "2024-03-01", Date, false},
		{"d/m/yy", "45352.75", "2024-03-01", Date, false},
		{"mmm", "45352", "2024-03-01", Date, false},
		{`[$-409]d\-mmm\-yyyy;@`, "45352", "2024-03-01", Date, false},
		{"yyyy-mm-dd hh:mm", "45352.5", "2024-03-01T12:00", Date, false},
		{"yyyy-mm-dd hh:mm:ss", "45352.999988", "2024-03-01T23:59:59", Date, false},
		{"h:mm AM/PM", "0.75", "18:00", Date, false},
		{"[h]:mm:ss", "1.5", "36:00:00", Date, false},
		{"yyyy-mm-dd", "60", "1900-02-29", Date, false},
		{"yyyy-mm-dd", "59", "1900-02-28", Date, false},
		{"yyyy-mm-dd", "61", "1900-03-01", Date, false},
		{"yyyy-mm-dd", "-1", "-1", Number, false},
		{"yyyy-mm-dd", "1e300", "1" + strings.Repeat("0", 300), Number, true},
		{"0", "abc", "abc", Text, false},
		{"0", "NaN", "NaN", Text, false},
	} {
		got := parseFormat(test.code).show(test.raw, epoch1900)
		if test.raw == "1e300" {
			got.Text = test.want // its digits are those of the nearest binary number
		}
		if want := (Cell{Kind: test.kind, Text: test.want, Exponent: test.exponent}); got != want {
			t.Errorf("%s in %q: %+v, want %+v", test.raw, test.code, got, want)
		}
	}
}

func TestDatesCountFrom1904WhereTheWorkbookSaysSo(t *testing.T) {
	if got := parseFormat("yyyy-mm-dd").show("43890", epoch1904).Text; got != "2024-03-01" {
		t.Errorf("shown as %s", got)
	}
}

func TestBuiltInFormats(t *testing.T) {
	for id, want := range map[int]string{0: "5.5", 1: "6", 2: "5.50", 4: "5.50", 9: "550%", 14: "1900-01-05", 22: "1900-01-05T12:00", 27: "1900-01-05", 46: "132:00:00", 49: "5.5", 99: "5.5"} {
		if got := parseFormat(builtIn(id)).show("5.5", epoch1900).Text; got != want {
			t.Errorf("format %d shows %q, want %q", id, got, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, code := range []string{"General", "00000", "[<=9999999]###-####;(###) ###-####", `"+"0`, "#,##0.00;[Red](#,##0.00)", "[h]:mm", "yyyy\\-mm", "0.00E+00", "_(* #", "[", "\"", "\\"} {
		f.Add(code, "1234.5")
	}
	f.Fuzz(func(t *testing.T, code, raw string) {
		if raw == "" {
			return
		}
		if cell := parseFormat(code).show(raw, epoch1900); cell.Text == "" {
			t.Errorf("%q in %q shows nothing", raw, code)
		}
	})
}

func TestCellNames(t *testing.T) {
	for column, name := range map[int]string{1: "A", 3: "C", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		if got := ColumnName(column); got != name {
			t.Errorf("column %d is %s, want %s", column, got, name)
		}
		if got := columnOf(name + "17"); got != column {
			t.Errorf("%s17 is in column %d, want %d", name, got, column)
		}
	}
	for _, reference := range []string{"", "17", "XFE1", "ZZZZZZZZZZZZZZZZZZZZ1"} {
		if got := columnOf(reference); got != 0 {
			t.Errorf("%q is in column %d", reference, got)
		}
	}
}
