package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/cli"
	"github.com/bring-aboard/usher/pkg/provider"
)

// readmeFile has one generated section, between two marks.
const (
	readmeFile  = "README.md"
	readmeBegin = "<!-- providers -->\n"
	readmeEnd   = "<!-- end of providers -->\n"
)

// readme returns the README of a directory as it is, and with its section generated.
func readme(root string, reference cli.Reference) (found, wanted []byte, err error) {
	found, err = os.ReadFile(filepath.Join(root, readmeFile))
	if err != nil {
		return nil, nil, err
	}
	before, rest, begins := strings.Cut(string(found), readmeBegin)
	_, after, ends := strings.Cut(rest, readmeEnd)
	if !begins || !ends {
		return nil, nil, errors.New(readmeFile + ": the marks of the table of providers are missing")
	}
	return found, []byte(before + readmeBegin + capabilityTable(reference) + readmeEnd + after), nil
}

// capabilityTable returns the providers with the operations that most people look for.
func capabilityTable(reference cli.Reference) string {
	columns := []struct {
		title string
		power provider.Capability
	}{
		{"create", provider.CapabilityCreate}, {"look up", provider.CapabilityFind}, {"list", provider.CapabilityList}, {"update", provider.CapabilityUpdate},
		{"deactivate", provider.CapabilityDeactivate}, {"delete", provider.CapabilityDelete}, {"groups", provider.CapabilityAddMember},
		{"sessions", provider.CapabilityRevoke},
	}
	var b strings.Builder
	b.WriteString("| provider |")
	for _, column := range columns {
		fmt.Fprintf(&b, " %s |", column.title)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, adapter := range reference.Adapters() {
		fmt.Fprintf(&b, "| [%s](%s/%s.md) |", adapter.Vendor, providersDir, adapter.Name)
		for _, column := range columns {
			mark := "–"
			if _, ok := adapter.Endpoint(column.power); ok {
				mark = "yes"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
