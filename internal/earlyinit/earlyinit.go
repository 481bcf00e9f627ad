// Package earlyinit tells lipgloss the terminal's background before bubbletea
// asks the terminal for it.
//
// bubbletea v1 sends that question from the init function of its package: each
// program that contains it writes two queries to its terminal on every start,
// --help included, and waits five seconds where the terminal does not answer.
// It asks through lipgloss, which does not ask once it has been told.
//
// So this package must be initialised before bubbletea. Go sorts all packages
// of a program by import path and initialises again and again the first one
// whose imports are all initialised (Go specification, "Program
// initialization"). This package imports lipgloss alone, as bubbletea does
// among others, and "github.com/bring-aboard/usher/..." sorts before
// "github.com/charmbracelet/bubbletea": of the two, this one comes first. It
// must therefore import nothing else, and the module must not move to a path
// that sorts behind bubbletea's.
//
// The package that brings bubbletea into the program imports this one for its
// effect.
package earlyinit

import "github.com/charmbracelet/lipgloss"

// The one init function of the program: what it prevents happens in another.
//
// The answer makes no difference: the forms use the terminal's own palette,
// which suits its background whatever it is.
func init() { lipgloss.SetHasDarkBackground(true) }
