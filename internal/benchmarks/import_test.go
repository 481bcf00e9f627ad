//go:build unix

package benchmarks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/providers/sulu"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const workers = 32

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s") }

// processor reports the processor time of a row, which other programs on the
// machine disturb less than the rate.
func processor(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N), "cpu-µs/row")
}

// post has the workers post people, and reports what that takes.
func post(b *testing.B, one func(body []byte) (status int, err error)) {
	numbers := make(chan int)
	var posting sync.WaitGroup
	began := ownProcessor()
	b.ResetTimer()
	for range workers {
		posting.Go(func() {
			for n := range numbers {
				if status, err := one(body(n)); err != nil || status != http.StatusCreated {
					b.Errorf("row %d: status %d, %v", n, status, err)
				}
			}
		})
	}
	for n := range b.N {
		numbers <- n
	}
	close(numbers)
	posting.Wait()
	perSecond(b)
	processor(b, ownProcessor()-began)
}

// BenchmarkNetHTTP is a bare loop: 32 goroutines that post and look at the status.
func BenchmarkNetHTTP(b *testing.B) { local(b, netHTTP) }

func netHTTP(b *testing.B, begin serving) {
	to := begin(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers}}
	post(b, func(body []byte) (int, error) {
		request, err := http.NewRequest(http.MethodPost, to.url+"/users", bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.Do(request)
		if err != nil {
			return 0, err
		}
		defer func() { _ = answer.Body.Close() }()
		_, err = io.Copy(io.Discard, answer.Body)
		return answer.StatusCode, err
	})
}

// BenchmarkResty is the same loop over resty, as its own examples write it.
func BenchmarkResty(b *testing.B) { local(b, restyLoop) }

func restyLoop(b *testing.B, begin serving) {
	to := begin(b)
	client := resty.New().SetAuthToken(token).SetTransport(&http.Transport{MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers})
	post(b, func(body []byte) (int, error) {
		answer, err := client.R().SetHeader("Content-Type", "application/json").SetBody(body).Post(to.url + "/users")
		return answer.StatusCode(), err
	})
}

// BenchmarkEngine is the engine with the real transport and adapter, without
// and with the ledger: the difference is what the ledger costs.
func BenchmarkEngine(b *testing.B) {
	local(b, func(b *testing.B, begin serving) {
		b.Run("NoLedger", func(b *testing.B) {
			sendAll(b, begin, sulu.Adapter(), withoutLedger)
		})
		b.Run("Ledger", func(b *testing.B) {
			rows := ledgerJournal(b)
			sendAll(b, begin, sulu.Adapter(), func(ctx context.Context, client provider.Client, items iter.Seq2[engine.Item, error], options engine.Options) error {
				return recorder.Send(ctx, nil, ops.Create(client), rows, items, options)
			})
		})
	})
}

// withoutLedger sends the items and records nothing.
func withoutLedger(ctx context.Context, client provider.Client, items iter.Seq2[engine.Item, error], options engine.Options) error {
	return engine.Run(ctx, nil, ops.Create(client), nothing{}, items, options)
}

// BenchmarkDescribed compares the description of Sulu with the adapter in Go: the engine without a ledger, and the whole
// program.
func BenchmarkDescribed(b *testing.B) {
	text, err := os.ReadFile("../providers/testdata/described/sulu.yaml")
	if err != nil {
		b.Fatal(err)
	}
	const name = "described" // that of a built-in provider cannot be used
	text = bytes.Replace(text, []byte("name: sulu"), []byte("name: "+name), 1)
	description, err := describe.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), name+".yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.Fatal(err)
	}
	begin := func(tb testing.TB) target { return start(tb, 0, 0) }
	b.Run("Engine/Go", func(b *testing.B) { sendAll(b, begin, sulu.Adapter(), withoutLedger) })
	b.Run("Engine/YAML", func(b *testing.B) { sendAll(b, begin, described.Adapter(description), withoutLedger) })
	b.Run("Import/Go", func(b *testing.B) { whole(b, begin) })
	b.Run("Import/YAML", func(b *testing.B) {
		whole(b, func(tb testing.TB) target {
			to := begin(tb)
			to.provider, to.description = name, path
			return to
		})
	})
}

// serving begins a server for one run.
type serving func(testing.TB) target

// local runs a benchmark against a server that answers at once, which measures
// the processor, against one that takes as long as a quick provider, and against
// the sandbox.
func local(b *testing.B, run func(b *testing.B, begin serving)) {
	for _, delay := range []time.Duration{0, 5 * time.Millisecond} {
		b.Run(delay.String(), func(b *testing.B) {
			run(b, func(tb testing.TB) target { return start(tb, 0, delay) })
		})
	}
	b.Run("sandbox", func(b *testing.B) { run(b, sandbox) })
}

type send func(context.Context, provider.Client, iter.Seq2[engine.Item, error], engine.Options) error

func sendAll(b *testing.B, begin serving, adapter provider.Adapter, send send) {
	to := begin(b)
	transport, err := rest.New(rest.Options{
		BaseURL: to.url, Workers: workers, Auth: adapter.Auth,
		IsSet:  func(string) bool { return true },
		Secret: func(context.Context, string) (string, error) { return token, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer transport.Close()
	client, err := adapter.New(provider.Connection{Transport: transport})
	if err != nil {
		b.Fatal(err)
	}
	var items iter.Seq2[engine.Item, error] = func(yield func(engine.Item, error) bool) {
		for n := range b.N {
			email := fmt.Sprintf("user%d@example.com", n)
			record := schema.Record{"email": email, "oryId": "ory", "organization": "org-1", "firstName": "First", "lastName": "Last"}
			if !yield(engine.Item{Row: n + 1, Line: n + 2, Key: email, Record: record, Digest: [16]byte{1, byte(n), byte(n >> 8), byte(n >> 16)}}, nil) {
				return
			}
		}
	}
	created := 0
	began := ownProcessor()
	b.ResetTimer()
	err = send(context.Background(), client, items, engine.Options{
		Concurrency: workers,
		Report: func(outcome engine.Result) {
			if outcome.State == rowstate.Created {
				created++
			}
		},
	})
	if err != nil || created != b.N {
		b.Fatalf("created %d of %d: %v", created, b.N, err)
	}
	perSecond(b)
	processor(b, ownProcessor()-began)
}

type nothing struct{}

func (nothing) Intend(context.Context, engine.Item) error   { return nil }
func (nothing) Withdraw(context.Context, engine.Item) error { return nil }
func (nothing) Record(context.Context, engine.Result) error { return nil }

func ledgerJournal(b *testing.B) recorder.Recorder {
	ctx := context.Background()
	book, err := file.Open(ctx, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	lock, err := book.Lock(ctx, "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	run, err := lock.Begin(ctx, ledger.RunInfo{Command: "import"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := run.Flush(ctx); err != nil {
			b.Error(err)
		}
		_ = run.Close()
		_ = lock.Release()
		_ = book.Close()
	})
	return recorder.Recorder{Run: run}
}

// BenchmarkImport is the whole program: it reads and validates a CSV file,
// plans, sends with the ledger on, and reports.
func BenchmarkImport(b *testing.B) { local(b, whole) }

func whole(b *testing.B, begin serving) {
	to, program, people := begin(b), build(b), roster(b, b.N)
	b.ResetTimer()
	used := usher(b, program, to, "users", "import", people, "--yes", "--no-check", "--concurrency", fmt.Sprint(workers))
	perSecond(b)
	processor(b, used.state.UserTime()+used.state.SystemTime())
	b.ReportMetric(megabytes(used.state), "MiB")
}

// BenchmarkUpdate is an update of a roster that changes everybody whom an import
// has created. It reports how much longer a row takes than in that import.
func BenchmarkUpdate(b *testing.B) {
	local(b, func(b *testing.B, begin serving) {
		to, program := begin(b), build(b)
		imported := usher(b, program, to, "users", "import", roster(b, b.N), "--yes", "--no-check", "--concurrency", fmt.Sprint(workers))
		after(b, program, to, imported, "users", "update", "--roster", rosterOf(b, b.N, "Other"), "--yes", "--concurrency", fmt.Sprint(workers))
	})
}

// BenchmarkDelete deletes everybody whom an import has created in the sandbox's
// model of SCIM: Sulu documents no delete.
func BenchmarkDelete(b *testing.B) {
	to, program := sandbox(b), build(b)
	to.provider, to.url = "scim", strings.TrimSuffix(to.url, "/sulu/v0")+"/scim/v2"
	people := csv(b, b.N, "userName,nickName", func(w io.Writer, i int) { fmt.Fprintf(w, "user%d,First\n", i) })
	imported := usher(b, program, to, "users", "import", people, "--yes", "--no-check", "--concurrency", fmt.Sprint(workers))
	after(b, program, to, imported, "users", "delete", "--roster", people, "--yes", "--concurrency", fmt.Sprint(workers))
}

// after measures a command that follows an import of as many rows.
func after(b *testing.B, program string, to target, imported usage, args ...string) {
	b.ResetTimer()
	used := usher(b, program, to, args...)
	perSecond(b)
	processor(b, used.state.UserTime()+used.state.SystemTime())
	b.ReportMetric(megabytes(used.state), "MiB")
	b.ReportMetric(float64(used.elapsed)/float64(imported.elapsed), "ofimport")
}

// BenchmarkCurl is curl -Z with as many connections.
func BenchmarkCurl(b *testing.B) { local(b, curl) }

func curl(b *testing.B, begin serving) {
	program, err := exec.LookPath("curl")
	if err != nil {
		b.Fatal("this benchmark needs curl: ", err)
	}
	to := begin(b)
	var config strings.Builder
	for n := range b.N {
		if n > 0 {
			config.WriteString("next\n")
		}
		fmt.Fprintf(&config, "url = %q\nsilent\noutput = /dev/null\nheader = \"Content-Type: application/json\"\nheader = \"Authorization: Bearer %s\"\ndata = %q\n", to.url+"/users", token, body(n))
	}
	path := filepath.Join(b.TempDir(), "curl.conf")
	if err := os.WriteFile(path, []byte(config.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	command := exec.Command(program, "-Z", "--parallel-max", fmt.Sprint(workers), "-K", path)
	if text, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	perSecond(b)
	processor(b, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
	if created := to.created(); created < b.N {
		b.Fatalf("curl created %d of %d", created, b.N)
	}
}

// BenchmarkXargs is what a shell script does: a curl for each row, 16 at once. A
// thousand rows tell its rate; more would take minutes.
func BenchmarkXargs(b *testing.B) { local(b, xargs) }

func xargs(b *testing.B, begin serving) {
	for _, program := range []string{"xargs", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Fatal("this benchmark needs xargs and curl: ", err)
		}
	}
	to, rows := begin(b), min(b.N, 1000)
	var lines bytes.Buffer
	for n := range rows {
		fmt.Fprintf(&lines, "%s\n", body(n))
	}
	b.ResetTimer()
	command := exec.Command("xargs", "-d", "\n", "-P", "16", "-I{}",
		"curl", "-s", "-o", "/dev/null", "-H", "Content-Type: application/json", "-H", "Authorization: Bearer "+token, "-d", "{}", to.url+"/users")
	command.Stdin = &lines
	if text, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	if created := to.created(); created < rows {
		b.Fatalf("%d of %d were created", created, rows)
	}
}

// BenchmarkPaced imports at 200/s into a server that allows just that.
func BenchmarkPaced(b *testing.B) {
	const pace = 200
	to, program, people := start(b, pace, 0), build(b), roster(b, b.N)
	b.ResetTimer()
	usher(b, program, to, "users", "import", people, "--yes", "--no-check", "--rate", fmt.Sprintf("%d/s", pace))
	perSecond(b)
	_, refused := to.stats(b)
	b.ReportMetric(float64(refused), "429s")
	b.ReportMetric(100*float64(b.N)/b.Elapsed().Seconds()/pace, "%ofpace")
}

// BenchmarkValidate reads, validates and plans without sending.
func BenchmarkValidate(b *testing.B) {
	to, program, people := start(b, 0, 0), build(b), roster(b, b.N)
	b.ResetTimer()
	used := usher(b, program, to, "users", "import", people, "--dry-run", "--no-check")
	perSecond(b)
	processor(b, used.state.UserTime()+used.state.SystemTime())
	b.ReportMetric(megabytes(used.state), "MiB")
}
