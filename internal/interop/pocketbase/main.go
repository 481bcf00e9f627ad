// Command pocketbase runs a PocketBase server with an empty data directory on a loopback port. It prints the base URL and
// the token of a superuser, and ends with its standard input.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"github.com/pocketbase/pocketbase"
)

const (
	superuser = "root@example.com"
	password  = "interop-root-1234"
)

func main() {
	log.SetFlags(0)
	run := supervise
	if len(os.Args) > 1 { // the server itself
		run = pocketbase.New().Start
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// supervise starts this program again as the server.
func supervise() (err error) {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp("", "pocketbase")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	if out, err := exec.Command(program, "superuser", "upsert", superuser, password, "--dir", data).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		return err
	}
	server := exec.Command(program, "serve", "--http", address, "--dir", data)
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if err := server.Start(); err != nil {
		return err
	}
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	}()
	base := "http://" + address
	token, err := logIn(base)
	if err != nil {
		return err
	}
	fmt.Println(base, token)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// logIn waits for the server and returns the token of the superuser.
func logIn(base string) (string, error) {
	body, err := json.Marshal(map[string]string{"identity": superuser, "password": password})
	if err != nil {
		return "", err
	}
	deadline := time.Now().Add(time.Minute)
	for {
		token, err := logInOnce(base, body)
		if err == nil || time.Now().After(deadline) {
			return token, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func logInOnce(base string, body []byte) (string, error) {
	response, err := http.Post(base+"/api/collections/_superusers/auth-with-password", "application/json", bytes.NewReader(body))
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
