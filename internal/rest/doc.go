// Package rest sends the HTTP requests to providers. [Client] implements
// [provider.Transport] on top of resty, and [Preview] implements it without sending
// anything.
//
// Its rules:
//
//   - A request is sent once. Nothing is repeated below the caller, with one
//     exception: after a 401, which did nothing, with renewed credentials.
//   - Whether bytes of a request were written decides between the classes Unsent
//     and Unknown. HTTP/1.1 alone is used, because net/http sends a request
//     again over HTTP/2 after a reset that does not promise that nothing happened.
//   - No redirect is followed, and no request goes to another scheme or host than
//     the base URL's, to which the credentials belong.
//   - The status is classified in one place, by [provider.ClassOfStatus].
//   - No secret leaves the package except on the wire. Errors, traces and previews
//     all pass through one redactor.
package rest
