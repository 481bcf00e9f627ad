package cli

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bring-aboard/usher/internal/sandbox"
)

// scriptCommands returns the commands of scripts in addition to those of testscript:
//
//	status N PROGRAM ARG...   run a program, which must end with exactly this status
//	sandbox [FAULT=P]...      start the sandbox in memory and set SULU_URL, EJENTO_URL, EVOLUTION_URL, SCIM_URL, TOKEN_URL
//	serve FLAG...             run usher sandbox serve on a free port, set the same and SANDBOX_TOKEN, the token that it prints
//	made PROVIDER N           the sandbox has this number of users of the provider
//	server ANSWER...          start a server and set SERVER_URL: the nth request gets the nth answer, later ones the last
//	requests N                the server has received this number of requests
//	request N FILE            write the server's nth request to a file, from 1
//	body N FILE               write the body of the server's nth request to a file, and a line break
//	mode MODE FILE            the file has exactly this mode
//	kept CSV COLUMN FILE...   no file contains a value of the column
//	age FILE SPAN             set the times of the runs in a ledger earlier by a duration
//
// An ANSWER is a file with an HTTP response, or -close or -reset. The commands of importCommands are included.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	commands := importCommands()
	maps.Copy(commands, map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"status":   commandStatus,
		"sandbox":  commandSandbox,
		"serve":    commandServe,
		"made":     commandMade,
		"server":   commandServer,
		"requests": commandRequests,
		"request":  commandRequest,
		"body":     commandBody,
		"mode":     commandMode,
		"kept":     commandKept,
		"age":      commandAge,
	})
	return commands
}

// stand is the servers that a script has started.
type stand struct {
	store  *sandbox.Store
	server *rawServer
}

type standKey struct{}

func standOf(ts *testscript.TestScript) *stand { return ts.Value(standKey{}).(*stand) }

// need ends the script if a command does not match its usage.
func need(ts *testscript.TestScript, neg, fits bool, usage string) {
	if neg || !fits {
		ts.Fatalf("usage: %s", usage)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

func commandStatus(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "status N PROGRAM ARG...")
	want := number(ts, args[0])
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ended := errors.AsType[*exec.ExitError](err); ended {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func commandAge(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "age FILE SPAN")
	span, err := time.ParseDuration(args[1])
	ts.Check(err)
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(`
		UPDATE runs SET started = started - ?1, ended = ended - ?1;
		UPDATE rows SET started = started - ?1, ended = ended - ?1`, span.Milliseconds())
	ts.Check(errors.Join(err, db.Close()))
}

func commandSandbox(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, true, "sandbox [FAULT=PROBABILITY]...")
	faults, err := sandbox.ParseFaults(args)
	ts.Check(err)
	store, err := sandbox.MemoryStore()
	ts.Check(err)
	server, err := sandbox.New(store, sandbox.Options{Faults: faults})
	ts.Check(err)
	running, err := sandbox.Start(context.Background(), "127.0.0.1:0", server)
	ts.Check(err)
	ts.Defer(func() {
		if err := errors.Join(running.Close(), store.Close()); err != nil {
			ts.Logf("closing the sandbox: %v", err)
		}
	})
	standOf(ts).store = store
	ts.Setenv("SULU_URL", running.BaseURL("sulu"))
	ts.Setenv("EJENTO_URL", running.BaseURL("ejento"))
	ts.Setenv("EVOLUTION_URL", running.BaseURL("evolution"))
	ts.Setenv("ORY_URL", running.BaseURL("ory"))
	ts.Setenv("SCIM_URL", running.BaseURL("scim"))
	ts.Setenv("TOKEN_URL", running.TokenURL())
}

// commandServe runs the server as a separate process. The first lines of its output are a name, a tab and an address
// or the token.
func commandServe(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, true, "serve FLAG...")
	program := filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], "usher"+ts.Getenv("exe"))
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, append([]string{"sandbox", "serve", "--addr", "127.0.0.1:0"}, args...)...)
	server.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "SECRET="+ts.Getenv("SECRET"))
	server.Dir = ts.MkAbs(".")
	stdout, err := server.StdoutPipe()
	ts.Check(err)
	stderr, err := server.StderrPipe()
	ts.Check(err)
	ts.Check(server.Start())
	ts.Defer(func() {
		cancel()
		_ = server.Wait() // it was stopped
	})
	_, err = bufio.NewReader(stderr).ReadString('\n') // all addresses have been written by then
	ts.Check(err)
	ts.Setenv("SANDBOX_TOKEN", "")
	last := "token"
	if slices.Contains(args, "--open") || slices.Contains(args, "--token") {
		last = "evolution token"
	}
	for lines, name := bufio.NewReader(stdout), ""; name != last; {
		line, err := lines.ReadString('\n')
		ts.Check(err)
		var value string
		switch name, value, _ = strings.Cut(strings.TrimSpace(line), "\t"); name {
		case "evolution token":
			ts.Setenv("TOKEN_URL", value)
		case "token":
			ts.Setenv("SANDBOX_TOKEN", value)
		default:
			ts.Setenv(strings.ToUpper(name)+"_URL", value)
		}
	}
}

func commandMade(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "made PROVIDER N")
	made := 0
	for _, err := range standOf(ts).store.Users(context.Background(), args[0]) {
		ts.Check(err)
		made++
	}
	if want := number(ts, args[1]); made != want {
		ts.Fatalf("the sandbox holds %d users of %s, want %d", made, args[0], want)
	}
}

func commandServer(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "server ANSWER...")
	answers := make([]answer, len(args))
	for i, arg := range args {
		switch arg {
		case "-close":
			answers[i] = hangUp
		case "-reset":
			answers[i] = reset
		default:
			answers[i] = answerText(ts.ReadFile(arg))
		}
	}
	server, err := startRawServer(inOrder(answers...))
	ts.Check(err)
	ts.Defer(server.close)
	standOf(ts).server = server
	ts.Setenv("SERVER_URL", server.url())
}

func commandRequests(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "requests N")
	got := standOf(ts).server.requests()
	if want := number(ts, args[0]); len(got) != want {
		ts.Fatalf("the server has had %d requests, want %d:\n%q", len(got), want, got)
	}
}

func commandRequest(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "request N FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(nthRequest(ts, args[0]).head), 0o600))
}

func commandBody(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "body N FILE")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(nthRequest(ts, args[0]).body+"\n"), 0o600))
}

func nthRequest(ts *testscript.TestScript, text string) rawRequest {
	requests, n := standOf(ts).server.requests(), number(ts, text)
	if n < 1 || n > len(requests) {
		ts.Fatalf("there is no request %d: the server has had %d", n, len(requests))
	}
	return requests[n-1]
}

// commandKept fails if there are no values.
func commandKept(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 2, "kept CSV COLUMN FILE...")
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	column := slices.Index(rows[0], args[1])
	if column < 0 || len(rows) < 2 {
		ts.Fatalf("%s has no values in a column %q", args[0], args[1])
	}
	for _, row := range rows[1:] {
		for _, file := range args[2:] {
			if row[column] == "" || strings.Contains(ts.ReadFile(file), row[column]) {
				ts.Fatalf("%s contains a value of %s, or the value is empty", file, args[1])
			}
		}
	}
}

func commandMode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "mode MODE FILE")
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := info.Mode().Perm(); got != os.FileMode(want) {
		ts.Fatalf("%s has the mode %o, want %o", args[1], got, want)
	}
}
