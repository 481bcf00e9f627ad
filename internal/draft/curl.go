package draft

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/shell"
)

// Curl returns a draft from a text with a curl command that creates a user, such as a vendor's page. Text around the
// command is ignored. The error is a [describe.Error], with the place in the text and nothing of the values there.
func Curl(text string, options Options) (*Draft, error) {
	command, err := findCommand(text)
	if err != nil {
		return nil, err
	}
	s := &source{Options: options, origin: "a curl command"}
	if err := command.fill(s); err != nil {
		return nil, err
	}
	return s.draft(), nil
}

// commandPattern matches the beginning of a command, behind a prompt.
var commandPattern = regexp.MustCompile(`(?m)^[ \t]*(?:[$%>#][ \t]+)?(curl(?:\.exe)?[ \t\\])`)

// command is what a curl command says.
type command struct {
	start   shell.Word
	method  string
	url     *shell.Word
	headers []shell.Word
	data    *shell.Word
	basic   bool
	bearer  bool
}

// fault returns the error of a word.
func fault(word shell.Word, format string, values ...any) error {
	return describe.Error{Line: word.Line, Column: word.Column, Problem: fmt.Sprintf(format, values...)}
}

// findCommand reads the first curl command of a text.
func findCommand(text string) (*command, error) {
	found := commandPattern.FindStringSubmatchIndex(text)
	if found == nil {
		return nil, describe.Error{Line: 1, Column: 1, Problem: "no curl command; it begins a line: curl --request POST https://..."}
	}
	before := text[:found[2]]
	lines, indent := strings.Count(before, "\n"), len(before)-strings.LastIndexByte(before, '\n')-1
	moved := func(line, column int) (int, int) {
		if line == 1 {
			column += indent
		}
		return line + lines, column
	}
	words, err := shell.Words(text[found[2]:])
	if failed, ok := errors.AsType[*shell.SyntaxError](err); ok {
		line, column := moved(failed.Line, failed.Column)
		return nil, describe.Error{Line: line, Column: column, Problem: failed.Problem}
	}
	for i := range words {
		words[i].Line, words[i].Column = moved(words[i].Line, words[i].Column)
	}
	c := &command{start: words[0]}
	return c, c.read(words[1:])
}

// valued are the options of curl that have a value (curl 8), without those that are read here.
func valued() []string {
	return []string{
		"A", "b", "c", "C", "D", "e", "E", "h", "K", "m", "o", "P", "Q", "r", "t", "T", "U", "w", "x", "y", "Y", "z", "F",
		"user-agent", "cookie", "cookie-jar", "continue-at", "dump-header", "referer", "cert", "cert-type", "key", "key-type", "pass", "cacert", "capath",
		"ciphers", "config", "connect-timeout", "connect-to", "max-time", "output", "output-dir", "proxy", "proxy-user", "proxy-header", "range", "rate",
		"resolve", "retry", "retry-delay", "retry-max-time", "interface", "limit-rate", "local-port", "max-redirs", "noproxy", "stderr", "trace", "trace-ascii",
		"upload-file", "url-query", "unix-socket", "write-out", "aws-sigv4", "form", "form-string", "tls-max", "tls13-ciphers", "doh-url", "dns-servers", "variable",
	}
}

// read reads the options and the address.
func (c *command) read(words []shell.Word) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		var err error
		switch text := word.Text; {
		case strings.HasPrefix(text, "--") && len(text) > 2:
			words, err = c.option(word, text[2:], words)
		case strings.HasPrefix(text, "-") && len(text) > 1 && text != "--":
			words, err = c.cluster(word, words)
		case text == "--":
		default:
			err = c.setURL(word)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case c.url == nil:
		return fault(c.start, "the command has no address")
	case c.data == nil:
		return fault(c.start, "the command has no JSON body: --data, --data-raw or --json")
	}
	return nil
}

func (c *command) setURL(word shell.Word) error {
	if c.url != nil {
		return fault(word, "a second address, or a value without its option")
	}
	c.url = &word
	return nil
}

// cluster reads short options: -sX POST, -XPOST.
func (c *command) cluster(word shell.Word, words []shell.Word) ([]shell.Word, error) {
	long := map[string]string{"X": "request", "H": "header", "d": "data", "u": "user", "G": "get", "F": "form", "T": "upload-file", "K": "config"}
	for i := 1; i < len(word.Text); i++ {
		name := word.Text[i : i+1]
		if known := long[name]; known != "" {
			name = known
		}
		if !takesValue(name) {
			if _, err := c.option(word, name, nil); err != nil {
				return nil, err
			}
			continue
		}
		if rest := word.Text[i+1:]; rest != "" {
			words = append([]shell.Word{{Text: rest, Line: word.Line, Column: word.Column + i + 1}}, words...)
		}
		return c.option(word, name, words)
	}
	return words, nil
}

// read here, with a value.
func handled() []string {
	return []string{"request", "url", "header", "data", "data-raw", "data-ascii", "data-binary", "json", "user", "oauth2-bearer", "data-urlencode"}
}

func takesValue(name string) bool {
	return slices.Contains(valued(), name) || slices.Contains(handled(), name)
}

// option reads one option and its value, which is the first of the words, and returns the words after it.
func (c *command) option(word shell.Word, name string, words []shell.Word) ([]shell.Word, error) {
	var value shell.Word
	if takesValue(name) {
		if len(words) == 0 {
			return nil, fault(word, "the option %s has no value", shownOption(name))
		}
		value, words = words[0], words[1:]
	}
	switch name {
	case "request":
		c.method = value.Text
		if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, value.Text) {
			return nil, fault(value, "the method must be POST, PUT or PATCH: no other one creates a user")
		}
	case "url":
		return words, c.setURL(value)
	case "header":
		c.headers = append(c.headers, value)
	case "user":
		c.basic = true
	case "oauth2-bearer":
		c.bearer = true
	case "data", "data-raw", "data-ascii", "data-binary", "json":
		if strings.HasPrefix(value.Text, "@") && name != "data-raw" {
			return nil, fault(value, "the body is in a file: put its text here, in single quotation marks")
		}
		if c.data != nil {
			return nil, fault(value, "a second body, which makes a form: write its fields as one JSON object, and add body: form to the draft")
		}
		c.data = &value
	case "data-urlencode", "form", "form-string", "upload-file":
		return nil, fault(word, "a form or an upload is not read: write the fields as JSON in --data, and add body: form to the draft if the body is a form")
	case "get", "head", "I":
		return nil, fault(word, "the command reads; the command that creates a user is needed")
	case "config", "aws-sigv4":
		return nil, fault(word, "the option %s cannot be described", shownOption(name))
	}
	return words, nil
}

func shownOption(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// fill sets what the command says.
func (c *command) fill(s *source) error {
	s.method = c.method
	if s.method == "" {
		s.method = http.MethodPost
	}
	body, offset, err := parseJSON(c.data.Text)
	if err == nil && body.kind != objectNode {
		err = errors.New("the body must be a JSON object")
	}
	if err == nil && len(body.members) == 0 {
		err = errors.New("the body has no property")
	}
	if err != nil {
		return c.bodyFault(offset, err)
	}
	s.body = body
	for _, header := range c.headers {
		if err := s.addHeader(header); err != nil {
			return err
		}
	}
	if c.basic && !slices.ContainsFunc(s.auth, func(one credential) bool { return one.header == "" }) {
		s.auth = append(s.auth, credential{})
	}
	if c.bearer {
		s.addCredential("Authorization", "Bearer ")
	}
	if problem := s.setAddress(c.url.Text); problem != "" {
		return fault(*c.url, "%s", problem)
	}
	return nil
}

// bodyFault returns an error after so many bytes of the body. The place is exact between single quotation marks.
func (c *command) bodyFault(read int, err error) error {
	before := c.data.Text[:min(max(read-1, 0), len(c.data.Text))]
	place := *c.data
	if lines := strings.Count(before, "\n"); lines > 0 {
		place.Line, place.Column = place.Line+lines, len(before)-strings.LastIndexByte(before, '\n')
	} else {
		place.Column += len(before) + 1
	}
	return fault(place, "the body: %s", err)
}

var headerPattern = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// addHeader reads a header: a credential, one that follows from JSON, or one that a description cannot have.
func (s *source) addHeader(word shell.Word) error {
	name, value, ok := strings.Cut(word.Text, ":")
	if !ok && strings.HasSuffix(name, ";") {
		name, ok = strings.TrimSuffix(name, ";"), true
	}
	if !ok || !headerPattern.MatchString(name) {
		return fault(word, "a header is written 'NAME: VALUE'")
	}
	name, value = http.CanonicalHeaderKey(name), strings.TrimSpace(value)
	folded := strings.ToLower(name)
	switch {
	case slices.Contains([]string{"Content-Type", "Content-Length", "Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Host", "Connection"}, name):
	case name == "Cookie":
		s.left = append(s.left, "the source sends a cookie, which a description cannot have: is there another way of authentication?")
	case name == "Authorization":
		scheme, _, _ := strings.Cut(value, " ")
		switch {
		case strings.EqualFold(scheme, "Basic"):
			s.auth = append(s.auth, credential{})
		case slices.ContainsFunc(knownSchemes(), func(known string) bool { return strings.EqualFold(known, scheme) }):
			s.addCredential(name, scheme+" ")
		default:
			s.addCredential(name, "")
			s.auth[len(s.auth)-1].todo = `is the whole header the credential, or has it a prefix such as "Bearer "?`
		}
	case strings.Contains(folded, "idempoten"):
		s.left = append(s.left, fmt.Sprintf("the header %s is not sent: a description has no headers with a value of each request", name))
	case slices.ContainsFunc([]string{"token", "key", "secret", "auth", "session", "credential", "password"}, func(part string) bool { return strings.Contains(folded, part) }):
		s.addCredential(name, "")
	default:
		s.left = append(s.left, fmt.Sprintf("the header %s is not sent: a description has no fixed headers; does the API need it?", name))
	}
	return nil
}

// knownSchemes are words before a credential, which are not a part of it.
func knownSchemes() []string {
	return []string{"Bearer", "Token", "ApiKey", "Api-Key", "Key", "JWT", "SSWS", "GenieKey", "Zoho-oauthtoken", "DirectLogin"}
}

// addCredential adds a header that contains one.
func (s *source) addCredential(header, prefix string) {
	name := "token"
	if header != "Authorization" {
		name = strings.TrimPrefix(strings.ToLower(header), "x-")
	}
	s.auth = append(s.auth, credential{header: header, prefix: prefix, setting: s.freeName(kebab(name)), help: "credential for the header " + header})
}

// freeName returns a name for a setting that no other one has.
func (s *source) freeName(name string) string {
	taken := func(name string) bool {
		return describe.IsCommonSetting(name) || slices.ContainsFunc(s.settings, func(one setting) bool { return one.name == name }) ||
			slices.ContainsFunc(s.auth, func(one credential) bool {
				return one.setting == name || one.header == "" && (name == "username" || name == "password")
			})
	}
	if !taken(name) {
		return name
	}
	for n := 1; ; n++ {
		if other := fmt.Sprintf("%s-%c", name, 'a'+rune(n%26)); !taken(other) {
			return other
		}
	}
}

var notKebab = regexp.MustCompile(`[^a-z0-9]+`)

// kebab returns a name as one of a setting.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	made := strings.Trim(notKebab.ReplaceAllString(strings.ToLower(b.String()), "-"), "-")
	if made == "" || made[0] >= '0' && made[0] <= '9' {
		made = strings.Trim("value-"+made, "-")
	}
	return made
}

// placeholderPattern matches what documentation writes instead of a value: {id}, {{id}}, <id>, $ID, ${ID}.
var placeholderPattern = regexp.MustCompile(`\{\{?\s*([^{}]*?)\s*\}?\}|<([^<>]*)>|\$\{([^{}]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|^:([A-Za-z_][A-Za-z0-9_]*)$`)

// setAddress reads the address. It returns what is wrong with it, without its values; "" for nothing.
func (s *source) setAddress(text string) (problem string) {
	s.scheme = "https"
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		s.scheme, text = strings.ToLower(scheme), rest
	}
	if s.scheme != "https" && s.scheme != "http" {
		return "the address must begin with https://"
	}
	text, _, _ = strings.Cut(text, "#")
	end := strings.IndexAny(text, "/?")
	if end < 0 {
		return "the address has no path"
	}
	host := strings.ToLower(text[:end])
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
		s.auth = append(s.auth, credential{})
	}
	if s.host = host; isOfTenant(host) {
		s.host = ""
	} else if !hostPattern.MatchString(host) {
		return "the address has no valid host"
	}
	path, query, _ := strings.Cut(text[end:], "?")
	if problem := s.setPath(path); problem != "" {
		return problem
	}
	return s.setQuery(query)
}

var hostPattern = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]{1,5})?$`)

// isOfTenant reports whether a host stands for that of a tenant.
func isOfTenant(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		address, err = netip.ParseAddr(name)
	}
	return name == "" || name == "localhost" || err == nil && address.IsLoopback() || strings.ContainsAny(host, "<>{}[]$*") ||
		strings.Contains(name, "your") || slices.ContainsFunc([]string{"example.com", "example.org", "example.net"}, func(domain string) bool {
		return name == domain || strings.HasSuffix(name, "."+domain)
	})
}

// setPath reads the path. A placeholder, a number and a UUID become a setting.
func (s *source) setPath(path string) (problem string) {
	var template, sample []string
	before := ""
	for i, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		last := strings.Count(strings.TrimPrefix(path, "/"), "/") == i
		switch {
		case segment == "" && !last:
			s.left = append(s.left, "the path of the source has an empty segment, which is left out")
			continue
		case segment == "." || segment == "..":
			return "the path has the segment " + segment + ", which leaves the base URL"
		case numberPattern.MatchString(segment) || uuidPattern.MatchString(segment):
			name := s.freeName(kebab(strings.TrimSuffix(before, "s")))
			s.settings = append(s.settings, setting{name, fmt.Sprintf("value of the path after %s", before), segment, "the source has an example there: does each tenant have its own value? If not, write it in the request"})
			template, sample = append(template, "{"+name+"}"), append(sample, segment)
		default:
			made, shown := s.replace(segment)
			if strings.ContainsAny(made, "\\ \t\"<>") || strings.ContainsFunc(made, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
				return "the path has a character that must be escaped"
			}
			template, sample = append(template, made), append(sample, shown)
		}
		before = segment
	}
	s.path, s.samplePath = "/"+strings.Join(template, "/"), "/"+strings.Join(sample, "/")
	return ""
}

var numberPattern = regexp.MustCompile(`^[0-9]+$`)

// replace replaces the placeholders of a text by settings: once for the template, once for the example.
func (s *source) replace(text string) (template, sample string) {
	made := func(of func(name string) string) string {
		at, b := 0, strings.Builder{}
		for _, found := range placeholderPattern.FindAllStringSubmatchIndex(text, -1) {
			b.WriteString(strings.NewReplacer("{", "", "}", "").Replace(text[at:found[0]]))
			inner := ""
			for group := 2; group < len(found); group += 2 {
				if found[group] >= 0 {
					inner = text[found[group]:found[group+1]]
				}
			}
			b.WriteString(of(kebab(inner)))
			at = found[1]
		}
		b.WriteString(strings.NewReplacer("{", "", "}", "").Replace(text[at:]))
		return b.String()
	}
	names := map[string]string{}
	template = made(func(name string) string {
		if names[name] == "" {
			names[name] = s.freeName(name)
			s.settings = append(s.settings, setting{name: names[name], help: "value of the placeholder " + name + " in the path", sample: "acme"})
		}
		return "{" + names[name] + "}"
	})
	return template, made(func(string) string { return "acme" })
}

// setQuery reads the query. A credential in it is left out.
func (s *source) setQuery(query string) (problem string) {
	var template, sample []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || !queryPattern.MatchString(name) {
			return "the query must consist of NAME=VALUE, joined with &"
		}
		if isSecret([]string{name}) || strings.EqualFold(name, "key") || strings.EqualFold(name, "code") || strings.EqualFold(name, "sig") {
			s.left = append(s.left, fmt.Sprintf("the parameter %s is a credential, which a description has in headers alone: is there a header for it?", name))
			continue
		}
		made, shown := s.replace(value)
		if strings.ContainsAny(made, "%+'\" <>") || strings.ContainsFunc(made, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
			s.left = append(s.left, fmt.Sprintf("the parameter %s is left out: its value has escapes", name))
			continue
		}
		template, sample = append(template, name+"="+made), append(sample, name+"="+shown)
	}
	if len(template) > 0 {
		s.path, s.samplePath = s.path+"?"+strings.Join(template, "&"), s.samplePath+"?"+strings.Join(sample, "&")
	}
	return ""
}

var queryPattern = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]+$`)
