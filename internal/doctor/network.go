package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// mostSkew is how far the clocks may differ before tokens and certificates
	// are judged wrongly.
	mostSkew = time.Minute
	// expiresSoon is how long before its end a certificate is warned of.
	expiresSoon = 14 * 24 * time.Hour
)

// network goes the way of a request, without credentials, and tells of each step.
func (e *examination) network(ctx context.Context) []Check {
	if e.blocked != "" {
		return skipped(e.blocked, Proxy, NameResolution, Connection, TLS, Clock)
	}
	route, err := rest.RouteOf(e.transport)
	if err != nil {
		return append(one(Proxy, Failed, err.Error(), "correct the variable, or unset it"),
			skipped("the proxy cannot be used", NameResolution, Connection, TLS, Clock)...)
	}
	found := []Check{proxy(route)}
	probe, err := rest.SendProbe(ctx, e.transport)
	if err != nil {
		found = append(found, skipped("the certificates cannot be used", NameResolution, Connection)...)
		found = append(found, one(TLS, Failed, err.Error(), "usher profiles show "+e.selection.Profile.Name)...)
		return append(found, skipped("the certificates cannot be used", Clock)...)
	}
	e.reached = probe.Answer.Done
	show := "usher profiles show " + e.selection.Profile.Name
	isTLS := strings.HasPrefix(strings.ToLower(e.transport.BaseURL), "https:")
	found = append(found,
		advised(step(NameResolution, probe.Lookup, lookedUp(probe), show), "check base-url and the network"),
		advised(step(Connection, probe.Connect, "to "+probe.Remote, show), "check base-url and the firewall"))
	if isTLS {
		found = append(found, handshake(probe, e.transport, show))
	} else {
		found = append(found, Check{Name: TLS, Status: Skipped, Detail: "base-url is plain http"})
	}
	return append(found, clock(probe, show))
}

// skipped gives a check of each name that cannot be made.
func skipped(why string, names ...string) []Check {
	var found []Check
	for _, name := range names {
		found = append(found, Check{Name: name, Status: Skipped, Detail: why})
	}
	return found
}

// proxy says which way requests take.
func proxy(route rest.Route) Check {
	found := Check{Name: Proxy, Status: OK, Detail: "none"}
	switch {
	case route.Exempt:
		found.Detail = "none for this host: " + route.Variable + " names one, and NO_PROXY or the loopback address goes without it"
	case route.Proxy != "":
		found.Detail = route.Proxy + ", by " + route.Variable
	}
	return found
}

// step is what became of one step of the probe.
func step(name string, of rest.Step, detail, next string) Check {
	switch {
	case of.Done:
		return Check{Name: name, Status: OK, Detail: detail, Took: of.Took}
	case of.Err != nil:
		return Check{Name: name, Status: Failed, Detail: of.Err.Error(), Next: next, Took: of.Took}
	default:
		return Check{Name: name, Status: Skipped, Detail: "the step before it failed"}
	}
}

// advised returns a check that says what to look at if it failed.
func advised(check Check, advice string) Check {
	if check.Status == Failed {
		check.Detail += "; " + advice
	}
	return check
}

func lookedUp(probe *rest.Probe) string {
	if len(probe.Addresses) == 0 {
		return "not needed: the host is an address"
	}
	return strings.Join(probe.Addresses, ", ")
}

// handshake says what was agreed on, and what is wrong with the certificate.
func handshake(probe *rest.Probe, transport rest.Options, show string) Check {
	detail := ""
	if certificate := probe.Certificate; certificate != nil {
		detail = fmt.Sprintf("certificate of %s by %s, good until %s", subject(certificate), issuer(certificate), day(certificate.NotAfter))
	}
	if transport.CAFile != "" {
		detail += ", trusting " + transport.CAFile + " too"
	}
	found := step(TLS, probe.TLS, probe.TLSVersion+", "+detail, show)
	switch {
	case found.Status == Failed:
		if detail != "" {
			found.Detail += " (" + detail + ")"
		}
		advice, next := untrusted(probe.TLS.Err, show)
		found = advised(found, advice)
		found.Next = next
	case found.Status == OK && probe.Certificate != nil && time.Until(probe.Certificate.NotAfter) < expiresSoon:
		found.Status, found.Next = Warning, "tell the provider that its certificate expires"
	}
	return found
}

func subject(certificate *x509.Certificate) string {
	if name := certificate.Subject.CommonName; name != "" {
		return name
	}
	return strings.Join(certificate.DNSNames, ", ")
}

func issuer(certificate *x509.Certificate) string {
	if name := certificate.Issuer.CommonName; name != "" {
		return name
	}
	return certificate.Issuer.String()
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// untrusted returns what to look at, and what to do, about a certificate that is refused.
func untrusted(err error, show string) (advice, next string) {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, isOther := errors.AsType[x509.HostnameError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return "the certificate has expired or is not valid yet", "check this machine's clock, or tell the provider"
	case isUnknown:
		return "the authority is unknown", "if the authority is your own, set ca-file to the file of its certificate"
	case isOther:
		return "check base-url", show
	default:
		return "check base-url, and whether there is a proxy", show
	}
}

// clock compares the clocks, by the answer's date.
func clock(probe *rest.Probe, show string) Check {
	found := step(Clock, probe.Answer, "", "usher -v profiles check")
	switch {
	case found.Status != OK:
		return found
	case probe.Location != "":
		found.Status, found.Next = Warning, show
		found.Detail = fmt.Sprintf("the provider answered %s, which leads to %q and is not followed; check base-url", provider.StatusText(probe.Status), probe.Location)
	case !probe.HasDate:
		found.Status, found.Detail = Skipped, "the provider answered "+provider.StatusText(probe.Status)+" without the time"
	case probe.Ahead.Abs() > mostSkew:
		found.Status, found.Next = Warning, "set this machine's clock: tokens and certificates are judged by it"
		found.Detail = "this machine's clock is " + probe.Ahead.Abs().String() + map[bool]string{true: " behind", false: " ahead of"}[probe.Ahead > 0] + " the provider's"
	default:
		found.Detail = "it agrees with the provider's"
	}
	return found
}
