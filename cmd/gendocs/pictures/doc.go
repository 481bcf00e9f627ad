// Package pictures draws the pictures of docs/pictures from what the program shows on a terminal. It is a test alone.
package pictures
