// Command miniflux runs the Miniflux server beside it, miniflux-server, with an empty PostgreSQL database, on a loopback port.
// It prints the base URL and an API token of an administrator, and ends with its standard input. The programs of PostgreSQL
// must be on the PATH.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	administrator = "root1"
	password      = "interop-root-1234"
	patience      = time.Minute
	nobody        = 65534
)

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
	dir, err := os.MkdirTemp("", "miniflux")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stop, err := startPostgres(dir)
	if err != nil {
		return err
	}
	defer stop()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	server := exec.Command(filepath.Join(filepath.Dir(program), "miniflux-server"))
	server.Env = []string{
		"DATABASE_URL=user=miniflux dbname=postgres sslmode=disable host=" + dir, "RUN_MIGRATIONS=1", "LISTEN_ADDR=" + address,
		"CREATE_ADMIN=1", "ADMIN_USERNAME=" + administrator, "ADMIN_PASSWORD=" + password, "DISABLE_SCHEDULER_SERVICE=1", "LOG_LEVEL=error",
	}
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	base := "http://" + address
	token, err := newToken(base)
	if err != nil {
		return err
	}
	fmt.Println(base, token)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startPostgres starts a database whose only address is a socket in the directory. PostgreSQL refuses to run as root, so
// it then runs as nobody.
func startPostgres(dir string) (stop func(), err error) {
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		as.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	create := exec.Command("initdb", "--pgdata", data, "--username", "miniflux", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
	create.Dir, create.SysProcAttr = dir, as
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	server := exec.Command("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	server.Dir, server.SysProcAttr, server.Stderr = dir, as, os.Stderr
	if err := server.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT) // which ends its sessions
		_ = server.Wait()
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ready := exec.Command("pg_isready", "--quiet", "--host", dir, "--username", "miniflux")
		ready.Dir = dir
		err := ready.Run()
		if err == nil {
			return stop, nil
		}
		if time.Now().After(deadline) {
			stop()
			return nil, fmt.Errorf("pg_isready: %w", err)
		}
	}
}

// newToken waits for the server and returns a new API token of the administrator.
func newToken(base string) (string, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		token, err := newTokenOnce(base)
		if err == nil || time.Now().After(deadline) {
			return token, err
		}
	}
}

func newTokenOnce(base string) (string, error) {
	request, err := http.NewRequest(http.MethodPost, base+"/v1/api-keys", strings.NewReader(`{"description":"interop"}`))
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(administrator, password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Token == "" {
		return "", errors.New("no token: " + response.Status)
	}
	return answer.Token, nil
}
