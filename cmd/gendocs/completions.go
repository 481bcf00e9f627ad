package main

import (
	"bytes"
	"io"
	"path"

	"github.com/bring-aboard/usher/internal/cli"
)

// completionScripts writes the script of each shell. The scripts call the program, so they do not change with it.
func completionScripts(reference cli.Reference) (files, error) {
	root := reference.Root
	made := files{}
	for _, script := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"usher.bash", func(w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
		{"usher.zsh", root.GenZshCompletion},
		{"usher.fish", func(w io.Writer) error { return root.GenFishCompletion(w, true) }},
		{"usher.ps1", root.GenPowerShellCompletionWithDesc},
	} {
		var text bytes.Buffer
		if err := script.write(&text); err != nil {
			return nil, err
		}
		made[path.Join(completionsDir, script.name)] = text.Bytes()
	}
	return made, nil
}
