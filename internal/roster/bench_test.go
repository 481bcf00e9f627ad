package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// crowdOf is a stream of so many generated users, in a form that one line of
// the format has.
type crowdOf struct {
	users  int
	format string
	next   int
	text   []byte
}

// Read gives the next bytes.
func (c *crowdOf) Read(p []byte) (int, error) {
	for len(c.text) < len(p) && c.next < c.users {
		c.next++
		c.text = fmt.Appendf(c.text, c.format, c.next)
	}
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.text)
	c.text = append(c.text[:0], c.text[n:]...)
	return n, nil
}

const (
	csvHeader  = "E-mail address,oryId,Organisation,Roles,Given name,Family name,Phone,Street,City,Postcode\n"
	csvLine    = "user%[1]d@example.com,ory-%[1]d,org_1,admin;user,Zoë,Müller,+49 151 %[1]d,Hauptstraße %[1]d,Köln,00123\n"
	ndjsonLine = `{"email":"user%[1]d@example.com","oryId":"ory-%[1]d","organization":"org_1","roles":["admin","user"],"firstName":"Zoë","lastName":"Müller","phone":"+49 151 %[1]d","address":{"line1":"Hauptstraße %[1]d","city":"Köln","zipCode":"00123"}}` + "\n"
)

// generate writes a roster of so many users and gives its path.
func generate(b *testing.B, name, header, line, footer string, users int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	crowd := io.MultiReader(bytes.NewReader([]byte(header)), &crowdOf{users: users, format: line}, bytes.NewReader([]byte(footer)))
	_, err = io.Copy(file, crowd)
	if err := errors.Join(err, file.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// benchmarkRows reads all rows of a roster in each round, and reports the pace
// and the largest heap that was seen.
func benchmarkRows(b *testing.B, path string, users int) {
	b.Helper()
	r, err := Open(context.Background(), File(path), Options{Table: suluTable()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var heap uint64
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		for row, err := range r.Rows(context.Background()) {
			if err != nil || row.Errors != nil {
				b.Fatal(err, row.Errors)
			}
			if read++; read%100_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap = max(heap, m.HeapAlloc)
			}
		}
		if read != users {
			b.Fatalf("%d rows were read", read)
		}
	}
	rows := float64(b.N) * float64(users)
	b.ReportMetric(rows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(heap)/(1<<20), "MiB-heap")
}

func BenchmarkCSV(b *testing.B) {
	for _, users := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			benchmarkRows(b, generate(b, "people.csv", csvHeader, csvLine, "", users), users)
		})
	}
}

func BenchmarkNDJSON(b *testing.B) {
	for _, users := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(users), func(b *testing.B) {
			benchmarkRows(b, generate(b, "people.ndjson", "", ndjsonLine, "", users), users)
		})
	}
}

func BenchmarkJSON(b *testing.B) {
	const users = 100_000
	benchmarkRows(b, generate(b, "people.json", "[", ndjsonLine+",", ndjsonLine[:0]+`{"email":"last@example.com","oryId":"x","organization":"o"}]`, users), users+1)
}

func BenchmarkYAML(b *testing.B) {
	const users = 20_000
	benchmarkRows(b, generate(b, "people.yaml", "", "- "+ndjsonLine, "", users), users)
}

func BenchmarkXLSX(b *testing.B) {
	const users = 20_000
	table := [][]string{{"E-mail", "oryId", "Org", "Roles", "Given name", "Family name", "Phone", "Street", "City", "Postcode"}}
	for i := range users {
		table = append(table, []string{fmt.Sprintf("user%d@example.com", i), fmt.Sprintf("ory-%d", i), "org_1", "admin;user", "Zoë", "Müller", "+49 151", "Hauptstraße", "Köln", "00123"})
	}
	benchmarkRows(b, save(b, "people.xlsx", ownBook(b, table)), users)
}

func BenchmarkOpenCSV(b *testing.B) {
	path := generate(b, "people.csv", csvHeader, csvLine, "", 1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(context.Background(), File(path), Options{Table: suluTable()})
		if err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}
