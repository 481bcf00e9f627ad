package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Step is one step on the way to a response.
type Step struct {
	// Done reports that it succeeded.
	Done bool
	// Err is why it failed; nil if it was not reached, too. It contains no secret.
	Err error
	// Took is how long it took; 0 if it was not needed.
	Took time.Duration
}

// Probe is the result of one request without credentials, step by step. With a proxy the name and the connection are
// the proxy's.
type Probe struct {
	Lookup, Connect, TLS, Answer Step

	// Addresses are the results of the name's lookup; empty if the host is an address already.
	Addresses []string
	// Remote is the address that was connected to.
	Remote string
	// TLSVersion is the version that was agreed on: "TLS 1.3".
	TLSVersion string
	// Certificate is the server's, also if it was refused; nil without TLS.
	Certificate *x509.Certificate
	// Status is the response's status.
	Status int
	// Location is the host that a redirect leads to, "" for any other response.
	Location string
	// Ahead is how far the server's clock is ahead of this machine's, to the second. HasDate reports whether the
	// response had a date.
	Ahead   time.Duration
	HasDate bool
}

// SendProbe sends HEAD to the base URL, once, without any credential, through the profile's proxy, trust and time
// limit. The probe contains the result of each step. It fails only if nothing can be sent: on the address, or on files
// and a proxy that cannot be used; the error contains the setting.
func SendProbe(ctx context.Context, options Options) (*Probe, error) {
	options = options.withDefaults()
	if err := CheckBaseURL(options.BaseURL, options.AllowHTTP); err != nil {
		return nil, err
	}
	target, err := newTarget(options.BaseURL)
	if err != nil {
		return nil, err
	}
	client, err := newHTTPClient(options)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	w := &watcher{redact: newRedactor(options.Auth)}
	w.redact.learn(proxySecrets(options.Env)...)
	header := http.Header{"Accept": {contentJSON}, "User-Agent": {options.UserAgent}}
	traced := (&tracer{write: options.Trace}).request(w.redact, http.MethodHead, options.BaseURL, header, nil, nil)
	began := time.Now()
	answer, err := newSender(withoutKeepAlive(client, options), target, options.UserAgent).send(httptrace.WithClientTrace(ctx, w.trace()), http.MethodHead, options.BaseURL, header, nil)
	if err != nil {
		traced.failure(w.redact.cause(err))
		return w.failed(err, began), nil
	}
	_ = answer.Body.Close()
	traced.answer(answer.StatusCode, answer.Header, nil)
	return w.answered(answer), nil
}

// watcher records the steps. Its functions are called from several goroutines, some of them after the request has
// ended.
type watcher struct {
	redact *redactor

	mu      sync.Mutex
	probe   Probe
	started struct{ lookup, connect, tls, wrote time.Time }
}

func (w *watcher) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { w.note(func(*Probe) { w.started.lookup = time.Now() }) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			w.note(func(p *Probe) {
				p.Lookup = w.step(w.started.lookup, info.Err)
				for _, address := range info.Addrs {
					p.Addresses = append(p.Addresses, address.String())
				}
			})
		},
		ConnectStart: func(string, string) {
			w.note(func(p *Probe) {
				p.Lookup.Done = true // there was nothing to look up, or it was found
				if w.started.connect.IsZero() {
					w.started.connect = time.Now()
				}
			})
		},
		ConnectDone: func(_, address string, err error) {
			w.note(func(p *Probe) {
				if !p.Connect.Done { // a host with several addresses needs one
					p.Connect, p.Remote = w.step(w.started.connect, err), address
				}
			})
		},
		TLSHandshakeStart: func() { w.note(func(*Probe) { w.started.tls = time.Now() }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			w.note(func(p *Probe) {
				p.TLS = w.step(w.started.tls, err)
				p.TLSVersion = tls.VersionName(state.Version)
				refused, _ := errors.AsType[*tls.CertificateVerificationError](err)
				switch {
				case len(state.PeerCertificates) > 0:
					p.Certificate = state.PeerCertificates[0]
				case refused != nil && len(refused.UnverifiedCertificates) > 0:
					p.Certificate = refused.UnverifiedCertificates[0]
				}
			})
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { w.note(func(*Probe) { w.started.wrote = time.Now() }) },
	}
}

func (w *watcher) note(change func(*Probe)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.probe)
}

func (w *watcher) step(began time.Time, err error) Step {
	step := Step{Done: err == nil, Took: time.Since(began)}
	if err != nil {
		step.Err = w.redact.cause(err)
	}
	return step
}

// failed returns the probe of a request without a response. The error belongs to
// the first step that is not done: a proxy that refuses to connect to the
// server, for one, fails the handshake before it has begun.
func (w *watcher) failed(err error, began time.Time) *Probe {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.probe
	for _, step := range []*Step{&p.Lookup, &p.Connect, &p.TLS, &p.Answer} {
		if step.Done || step == &p.TLS && !w.started.wrote.IsZero() {
			continue
		}
		if step.Err == nil {
			step.Err, step.Took = w.redact.cause(err), time.Since(began)
		}
		return &p
	}
	return &p
}

// answered returns the probe of a request with a response.
func (w *watcher) answered(answer *http.Response) *Probe {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, now := w.probe, time.Now()
	p.Addresses = slices.Clone(p.Addresses)
	p.Answer, p.Status = Step{Done: true, Took: now.Sub(w.started.wrote)}, answer.StatusCode
	if location, err := answer.Location(); err == nil && answer.StatusCode/100 == 3 {
		p.Location = w.redact.sentence(location.Host)
	}
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		age, _ := strconv.Atoi(strings.TrimSpace(answer.Header.Get("Age"))) // of what a cache kept
		p.Ahead, p.HasDate = date.Add(time.Duration(max(age, 0))*time.Second).Sub(now).Round(time.Second), true
	}
	return &p
}
