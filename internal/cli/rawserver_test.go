package cli

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// rawServer is a server that responds with given bytes, valid or not, and records every request.
type rawServer struct {
	listener net.Listener
	choose   func(n int, request rawRequest) answer
	serving  sync.WaitGroup

	mu   sync.Mutex
	seen []rawRequest
}

// rawRequest is a request in two parts: the request line with the headers in
// alphabetical order, and the body.
type rawRequest struct{ head, body string }

// answer writes the response to a request. The connection closes afterwards.
type answer func(conn *net.TCPConn)

// hangUp closes the connection without a response.
func hangUp(*net.TCPConn) {}

// reset ends the connection with a TCP RST.
func reset(conn *net.TCPConn) { _ = conn.SetLinger(0) }

// answerText returns an answer with this text: status line, headers, an empty line, and the body up to the end of the
// connection. Its headers may end in LF. A line break at the end of the text, which is the end of a file, is omitted.
func answerText(text string) answer {
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	head = strings.ReplaceAll(strings.TrimSuffix(head, "\n"), "\n", "\r\n")
	whole := head + "\r\nConnection: close\r\n\r\n" + strings.TrimSuffix(body, "\n")
	return func(conn *net.TCPConn) { _, _ = io.WriteString(conn, whole) }
}

// inOrder returns a function that returns the nth answer for the nth request, and the last one for all later
// requests.
func inOrder(answers ...answer) func(int, rawRequest) answer {
	return func(n int, _ rawRequest) answer { return answers[min(n, len(answers)-1)] }
}

// startRawServer starts a server on a free port. choose returns the answer to the nth request, from 0.
func startRawServer(choose func(n int, request rawRequest) answer) (*rawServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &rawServer{listener: listener, choose: choose}
	s.serving.Go(s.listen)
	return s, nil
}

func (s *rawServer) url() string { return "http://" + s.listener.Addr().String() }

func (s *rawServer) close() {
	_ = s.listener.Close()
	s.serving.Wait()
}

// requests returns the requests so far.
func (s *rawServer) requests() []rawRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func (s *rawServer) listen() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.serving.Go(func() { s.serve(conn.(*net.TCPConn)) })
	}
}

func (s *rawServer) serve(conn *net.TCPConn) {
	defer func() { _ = conn.Close() }()
	request, err := readRawRequest(conn)
	if err != nil {
		return // the client closed the connection without a request
	}
	s.mu.Lock()
	answer := s.choose(len(s.seen), request)
	s.seen = append(s.seen, request)
	s.mu.Unlock()
	answer(conn)
}

func readRawRequest(r io.Reader) (rawRequest, error) {
	request, err := http.ReadRequest(bufio.NewReader(r))
	if err != nil {
		return rawRequest{}, err
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return rawRequest{}, errors.Join(err, request.Body.Close())
	}
	var head strings.Builder
	head.WriteString(request.Method + " " + request.RequestURI + "\n")
	if err := request.Header.Write(&head); err != nil { // in alphabetical order
		return rawRequest{}, err
	}
	return rawRequest{head: strings.ReplaceAll(head.String(), "\r\n", "\n"), body: string(body)}, nil
}
