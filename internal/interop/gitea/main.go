// Command gitea runs the Gitea server beside it, gitea-server, with an empty SQLite database, on a loopback port. The files
// that a page of it needs are beside it too, in gitea-static. It prints the base URL and an access token of an administrator,
// and ends with its standard input.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	administrator = "root1"
	patience      = time.Minute
)

// configuration is the file of the server: its port, its directory and that of its static files. The database is thrown away,
// so that nothing is lost if the server runs as root.
const configuration = `
RUN_MODE = prod
WORK_PATH = %[2]s
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[1]s
ROOT_URL = http://127.0.0.1:%[1]s/
STATIC_ROOT_PATH = %[3]s
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = %[2]s/gitea.db
[security]
INSTALL_LOCK = true
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = error
`

func main() {
	log.SetFlags(0)
	if err := supervise(); err != nil {
		log.Fatal(err)
	}
}

func supervise() (err error) {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	beside := filepath.Dir(program)
	dir, err := os.MkdirTemp("", "gitea")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "app.ini")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, port, dir, filepath.Join(beside, "gitea-static")), 0o600); err != nil {
		return err
	}
	gitea := func(arguments ...string) *exec.Cmd {
		command := exec.Command(filepath.Join(beside, "gitea-server"), append(arguments, "--config", file)...)
		command.Stderr = os.Stderr
		return command
	}
	if err := gitea("migrate").Run(); err != nil {
		return err
	}
	if err := gitea("admin", "user", "create", "--admin", "--username", administrator, "--email", "root1@example.com",
		"--random-password", "--must-change-password=false").Run(); err != nil {
		return err
	}
	output, err := gitea("admin", "user", "generate-access-token", "--username", administrator, "--token-name", "interop",
		"--scopes", "all", "--raw").Output()
	if err != nil {
		return err
	}
	words := bytes.Fields(output) // the log is on standard output too, before the token
	if len(words) == 0 {
		return errors.New("no token")
	}
	server := gitea("web")
	server.Stdout = os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	base := "http://" + address
	if err := ready(base + "/api/healthz"); err != nil {
		return err
	}
	fmt.Println(base, string(words[len(words)-1]))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// ready waits until an address responds with 200.
func ready(address string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		response, err := http.Get(address)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(response.Status)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
}
