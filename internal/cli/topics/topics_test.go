package topics

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func mark(text string) string { return "<" + text + ">" }

func TestPlain(t *testing.T) {
	const markdown = "# Title of *it*\n\nSee `x` in [the\npage](there.md#x), **now** or never, and so on.\n\n" +
		"| status | meaning | what to do |\n|---|---|---|\n| `0` | all of it worked | |\n| 1 | a\\|b | the error says it |\n\n" +
		"- one\n- two, which\n  is longer than a line\n\n```sh\nfirst\n\n  second\n```\n"
	const want = `<Title of it>

See x in the page, now or
never, and so on.

  <0>
      all of it worked
  <1>
      a|b
      the error says it

- one
- two, which is longer
  than a line

    first

      second
`
	if got := plain(markdown, 26, mark); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestEveryTopicHasText(t *testing.T) {
	for _, topic := range All() {
		text, err := Text(topic.Name, 60, mark)
		if err != nil || strings.Count(text, "\n") < 10 || strings.ContainsAny(text, "`\x00\x01") || strings.Contains(text, "](") {
			t.Errorf("%s: %v\n%s", topic.Name, err, text)
		}
		for line := range strings.Lines(text) {
			if code := strings.HasPrefix(line, "    "); !code && utf8.RuneCountInString(line) > 90 {
				t.Errorf("%s: the line is not wrapped: %q", topic.Name, line)
			}
		}
	}
	if text, err := Text("import", 60, mark); text != "" || err != nil {
		t.Errorf("a topic of another name: %q, %v", text, err)
	}
}
