// Package pictures draws the pictures of docs/pictures from the terminal output of the program. It contains tests
// only.
package pictures
