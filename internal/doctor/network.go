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
	// mostSkew is how much the clocks may differ before tokens and certificates are wrongly refused.
	mostSkew = time.Minute
	// expiresSoon is how long before its expiry a certificate gets a warning.
	expiresSoon = 14 * 24 * time.Hour
)

// network sends a request without credentials, and reports each step.
func (e *examination) network(ctx context.Context) []Check {
	if e.blocked != "" {
		return skipped(e.blocked, Proxy, NameResolution, Connection, TLS, Clock)
	}
	route, err := rest.RouteOf(e.transport)
	if err != nil {
		return append(one(Proxy, Failed, err.Error(), "correct or unset the variable"),
			skipped("proxy not usable", NameResolution, Connection, TLS, Clock)...)
	}
	found := []Check{proxy(route)}
	probe, err := rest.SendProbe(ctx, e.transport)
	if err != nil {
		found = append(found, skipped("certificates not usable", NameResolution, Connection)...)
		found = append(found, one(TLS, Failed, err.Error(), "usher profiles show "+e.selection.Profile.Name)...)
		return append(found, skipped("certificates not usable", Clock)...)
	}
	e.reached = probe.Answer.Done
	show := "usher profiles show " + e.selection.Profile.Name
	isTLS := strings.HasPrefix(strings.ToLower(e.transport.BaseURL), "https:")
	found = append(found,
		step(NameResolution, probe.Lookup, lookedUp(probe), "check base-url and the network", show),
		step(Connection, probe.Connect, "to "+probe.Remote, "check base-url and the firewall", show))
	if isTLS {
		found = append(found, handshake(probe, e.transport, show))
	} else {
		found = append(found, Check{Name: TLS, Status: Skipped, Detail: "base-url is http://"})
	}
	return append(found, clock(probe, show))
}

// skipped returns a finding for each check that cannot be made.
func skipped(why string, names ...string) []Check {
	var found []Check
	for _, name := range names {
		found = append(found, Check{Name: name, Status: Skipped, Detail: why})
	}
	return found
}

// proxy returns the finding about the proxy that requests use.
func proxy(route rest.Route) Check {
	found := Check{Name: Proxy, Status: OK, Detail: "none"}
	switch {
	case route.Exempt:
		found.Detail = "not used for this host: set in " + route.Variable + ", excluded by NO_PROXY or because the address is loopback"
	case route.Proxy != "":
		found.Detail = route.Proxy + ", from " + route.Variable
	}
	return found
}

// step returns the finding about one step of the probe. The hint is added to the detail of a failure; it may be empty.
func step(name string, of rest.Step, detail, hint, next string) Check {
	switch {
	case of.Done:
		return Check{Name: name, Status: OK, Detail: detail, Took: of.Took}
	case of.Err != nil:
		if hint != "" {
			hint = "; " + hint
		}
		return Check{Name: name, Status: Failed, Detail: of.Err.Error() + hint, Next: next, Took: of.Took}
	default:
		return Check{Name: name, Status: Skipped, Detail: "a previous check failed"}
	}
}

func lookedUp(probe *rest.Probe) string {
	if len(probe.Addresses) == 0 {
		return "not needed: the host is an address"
	}
	return strings.Join(probe.Addresses, ", ")
}

// handshake returns the finding about TLS: the version and the certificate, and what is wrong with it.
func handshake(probe *rest.Probe, transport rest.Options, show string) Check {
	detail := ""
	if certificate := probe.Certificate; certificate != nil {
		detail = fmt.Sprintf("certificate of %s by %s, valid until %s", subject(certificate), issuer(certificate), day(certificate.NotAfter))
	}
	if transport.CAFile != "" {
		detail += ", also trusting " + transport.CAFile
	}
	found := step(TLS, probe.TLS, probe.TLSVersion+", "+detail, "", show)
	switch {
	case found.Status == Failed:
		if detail != "" {
			found.Detail += " (" + detail + ")"
		}
		hint, next := untrusted(probe.TLS.Err, show)
		found.Detail, found.Next = found.Detail+hint, next
	case found.Status == OK && probe.Certificate != nil && time.Until(probe.Certificate.NotAfter) < expiresSoon:
		found.Status, found.Next = Warning, "inform the provider that its certificate expires soon"
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

// untrusted returns a hint about a certificate that is refused, and the next step.
func untrusted(err error, show string) (hint, next string) {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	_, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, isOther := errors.AsType[x509.HostnameError](err)
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return "", "set this machine's clock, or inform the provider that its certificate is not valid"
	case isUnknown:
		return "", "set ca-file to the certificate of your own authority, if you have one"
	case isOther:
		return "; check base-url", show
	default:
		return "; check base-url and the proxy", show
	}
}

// clock compares the clocks, by the response's date.
func clock(probe *rest.Probe, show string) Check {
	found := step(Clock, probe.Answer, "", "", "usher -v profiles check")
	switch {
	case found.Status != OK:
		return found
	case probe.Location != "":
		found.Status, found.Next = Warning, show
		found.Detail = fmt.Sprintf("unexpected redirect: %s to %q; check base-url", provider.StatusText(probe.Status), probe.Location)
	case !probe.HasDate:
		found.Status, found.Detail = Skipped, "the provider returned "+provider.StatusText(probe.Status)+" without a Date header"
	case probe.Ahead.Abs() > mostSkew:
		found.Status, found.Next = Warning, "set this machine's clock"
		found.Detail = "this machine's clock is " + probe.Ahead.Abs().String() + map[bool]string{true: " behind", false: " ahead of"}[probe.Ahead > 0] + " the provider's"
	default:
		found.Detail = "matches the provider's clock"
	}
	return found
}
