// Package draft writes first descriptions of providers, from what vendors publish.
//
// A draft has what its source says. What a source seldom says, such as the key or how a conflict looks, is marked TODO
// with the reason. No credential of the source is in a draft or in an error.
package draft
