//go:build ignore

// Command licences reads an SBOM, states the licence of each module in it, and
// writes it. It takes the licence from the module's own file, as pkg.go.dev does,
// and ends with an error where it finds none. .ci/sbom calls it:
//
//	go run -modfile=.ci/sbom.mod .ci/licences.go <plain.json >with-licences.json
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/licensecheck"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Stdin, os.Stdout); err != nil {
		log.Fatal("licences: ", err)
	}
}

func run(in io.Reader, out io.Writer) error {
	bom := new(cdx.BOM)
	if err := cdx.NewBOMDecoder(in, cdx.BOMFileFormatJSON).Decode(bom); err != nil {
		return err
	}
	folders, err := modules()
	if err != nil {
		return err
	}
	components := []*cdx.Component{bom.Metadata.Component}
	for i := range *bom.Components {
		components = append(components, &(*bom.Components)[i])
	}
	for _, component := range components {
		ids, err := licences(component.Name, folders[component.Name])
		if err != nil {
			return err
		}
		component.Licenses = new(cdx.Licenses)
		for _, id := range ids {
			*component.Licenses = append(*component.Licenses, cdx.LicenseChoice{License: &cdx.License{ID: id}})
		}
	}
	return cdx.NewBOMEncoder(out, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// modules gives the folder of each module that the program may need, and of Go's
// standard library.
func modules() (map[string]string, error) {
	command := exec.Command("go", "list", "-m", "-json", "all")
	command.Stderr = os.Stderr
	list, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	folders := map[string]string{"std": runtime.GOROOT()}
	for decoder := json.NewDecoder(list); ; {
		var module struct{ Path, Dir string }
		if err := decoder.Decode(&module); errors.Is(err, io.EOF) {
			return folders, command.Wait()
		} else if err != nil {
			return nil, err
		}
		folders[module.Path] = module.Dir
	}
}

// licences gives the SPDX identifiers of a module's licences. Files of a longer
// name, such as LICENSE-3RD-PARTY.md, speak of what it has from others.
func licences(module, folder string) ([]string, error) {
	if module == "github.com/mattn/go-localereader" {
		return []string{"MIT"}, nil // it has no such file, and says so in its README
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", module, err)
	}
	name := regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)(\.(md|txt))?$`)
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() || !name.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		for _, match := range licensecheck.Scan(text).Match {
			ids = append(ids, match.ID)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s: no licence is found in %s", module, folder)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
