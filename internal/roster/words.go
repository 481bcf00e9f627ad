package roster

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/bring-aboard/usher/pkg/schema"
)

// commonWords lists, a line for each meaning, the words that people and
// programs write for it. A header with one of the words finds the field whose
// name is another word of that line.
func commonWords() []string {
	return []string{
		"email, mail, e-mail address, mail address, email id, work email, primary email, courriel, adresse email, adresse mail, E-Mail-Adresse, correo, correo electrónico, posta elettronica",
		"first name, given name, forename, first, given, prénom, Vorname, nombre, nome, voornaam",
		"last name, surname, family name, last, family, second name, nom, nom de famille, Nachname, Familienname, apellido, apellidos, cognome, achternaam",
		"middle name, second given name, deuxième prénom, zweiter Vorname",
		"display name, displayed name, full name, complete name, nom complet, nom affiché, Anzeigename, vollständiger Name, nombre completo, nome completo",
		"user name, login, login name, user id, user principal name, UPN, identity name, account, account name, nick name, identifiant, nom d'utilisateur, Benutzername, Anmeldename, usuario",
		"phone, telephone, phone number, telephone number, phone numbers, tel, mobile, mobile phone, mobile number, cell, cell phone, téléphone, portable, Telefon, Telefonnummer, Handy, Mobiltelefon, teléfono, telefono",
		"password, passphrase, initial password, temporary password, pwd, mot de passe, Passwort, Kennwort, contraseña",
		"organization, organisation, org, organization id, organisation id, org id, tenant, tenant id, Organisationsnummer",
		"organizations, organisations, orgs, organization roles, organisation roles, memberships",
		"role, roles, role id, role ids, role name, user role, rôle, rôles, Rolle, Rollen, rol, ruolo",
		"line1, address, address 1, address line 1, street, street address, addr 1, adresse, adresse 1, rue, Straße, Strasse, dirección, indirizzo",
		"line2, address 2, address line 2, addr 2, adresse 2, complément d'adresse, Adresszusatz, apartment, suite",
		"city, town, locality, ville, Ort, Stadt, ciudad, città",
		"state, province, region, county, state or province, state/province, région, Bundesland, Kanton, provincia",
		"country, country code, country/region, pays, Land, país, paese",
		"zip, zip code, postal code, post code, zip/postal code, PLZ, Postleitzahl, code postal, CP, código postal, CAP",
		"title, job title, position, fonction, poste, Position, cargo",
		"department, dept, division, service, Abteilung, departamento, reparto",
		"employee number, employee id, staff number, personnel number, matricule, Personalnummer",
		"ory id, identity id, ory identity, ory identity id, kratos id",
		"external id, external key",
		"language, preferred language, locale, langue, Sprache, idioma",
		"time zone, fuseau horaire, Zeitzone",
		"active, enabled, actif, aktiv, activo",
	}
}

// meanings finds the lines of the common words by word.
type meanings map[string][]int

func newMeanings() meanings {
	found := meanings{}
	for line, words := range commonWords() {
		for word := range strings.SplitSeq(words, ",") {
			key := wordKey(word)
			if lines := found[key]; len(lines) == 0 || lines[len(lines)-1] != line {
				found[key] = append(lines, line)
			}
		}
	}
	return found
}

// wordKey folds a word as [schema.FoldName] does, and drops its accents.
func wordKey(word string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(word))
	return schema.FoldName(plain)
}

// share tells whether two words have a meaning in common.
func (m meanings) share(a, b string) bool {
	others := m[wordKey(b)]
	for _, line := range m[wordKey(a)] {
		for _, other := range others {
			if line == other {
				return true
			}
		}
	}
	return false
}

// isWord reports whether a text is one of the words that headers are.
func (m *matcher) isWord(text string) bool {
	return len(m.common[wordKey(text)]) > 0 || slices.ContainsFunc(m.table, func(f schema.Field) bool {
		return strings.EqualFold(f.Name, text) || strings.EqualFold(f.Title, text)
	})
}
