package form

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/term"
)

// clearMark is typed to empty an answer that the question begins with.
const clearMark = "-"

// lines asks line by line, as screen readers need it. It writes plain text.
type lines struct{ streams *term.Streams }

// fewOptional is the number of questions without a necessary answer that are asked one after the other. More of them are a
// list to choose from.
const fewOptional = 2

func (l lines) ask(ctx context.Context, title string, questions []Question) (map[string]string, error) {
	l.print(title)
	needed := slices.DeleteFunc(slices.Clone(questions), func(q Question) bool { return !q.needsAnswer() })
	optional := slices.DeleteFunc(slices.Clone(questions), Question.needsAnswer)
	if len(optional) <= fewOptional {
		needed, optional = questions, nil
	}
	answers := make(map[string]string, len(questions))
	for i, question := range needed {
		place := fmt.Sprintf("(%d of %d) ", i+1, len(needed))
		if err := l.answer(ctx, place, question, answers); err != nil {
			return answers, err
		}
	}
	return answers, l.askChosen(ctx, optional, answers)
}

// answer asks one question and stores the answer.
func (l lines) answer(ctx context.Context, place string, question Question, answers map[string]string) error {
	l.print(question.Help)
	answer, err := l.askUntilValid(ctx, place, question)
	if err == nil && question.Repeated && answer != "" {
		_, err = l.askUntilValid(ctx, place, question.again(func() string { return answer }))
	}
	if err != nil {
		return l.explain(ctx, question.Title, err)
	}
	answers[question.Name] = answer
	return nil
}

// askChosen asks the questions that are chosen from a list, until its first entry is chosen. The other answers are the
// initial ones.
func (l lines) askChosen(ctx context.Context, questions []Question, answers map[string]string) error {
	for _, question := range questions {
		answers[question.Name] = question.Value
	}
	for len(questions) > 0 {
		const prompt, done = "Which field? Enter when done.", "Done"
		choices := []string{done}
		for _, question := range questions {
			choices = append(choices, question.with(answers[question.Name]))
		}
		l.print(prompt)
		choice, err := l.pick(ctx, choices, done)
		if err != nil {
			return l.explain(ctx, prompt, err)
		}
		if choice == done {
			break
		}
		question := questions[slices.Index(choices, choice)-1]
		question.Value = answers[question.Name]
		if err := l.answer(ctx, "", question, answers); err != nil {
			return err
		}
	}
	return nil
}

func (l lines) askUntilValid(ctx context.Context, place string, question Question) (string, error) {
	for {
		answer, err := l.askOnce(ctx, place, question)
		if err != nil {
			return "", err
		}
		err = question.verify(answer)
		if err == nil {
			return answer, nil
		}
		l.print(err.Error())
	}
}

func (l lines) askOnce(ctx context.Context, place string, question Question) (string, error) {
	if question.Options != nil {
		l.print(place + question.label())
		return l.pick(ctx, question.choices(), question.Value)
	}
	prompt := place + question.label() + remark(question) + ": "
	typed, err := l.read(ctx, prompt, question.Secret)
	switch answer := question.parseAnswer(typed); {
	case err != nil:
		return "", err
	case answer == "":
		return question.Value, nil
	case answer == clearMark && clearable(question):
		return "", nil
	default:
		return answer, nil
	}
}

// remark returns what happens to the answer that the question begins with.
func remark(question Question) string {
	switch {
	case question.Value == "" && question.Default != "":
		return fmt.Sprintf(" [Enter uses %s]", term.SanitizeLine(question.Default))
	case question.Value == "":
		return ""
	case question.Secret:
		return " [Enter keeps the known value]"
	case clearable(question):
		return fmt.Sprintf(" [Enter keeps %s, %s clears it]", term.SanitizeLine(question.Value), clearMark)
	default:
		return fmt.Sprintf(" [Enter keeps %s]", term.SanitizeLine(question.Value))
	}
}

// clearable reports whether the mark empties the answer. A secret is used exactly as it is typed.
func clearable(question Question) bool {
	return question.Value != "" && !question.Required && !question.Secret
}

func (l lines) read(ctx context.Context, prompt string, secret bool) (string, error) {
	if secret {
		return l.streams.ReadSecret(ctx, prompt)
	}
	return l.streams.Ask(ctx, prompt)
}

// pick asks for one of the choices by its number or its text, until there is a valid answer. The empty answer means the
// first value, if that is a choice.
func (l lines) pick(ctx context.Context, choices []string, first string) (string, error) {
	for i, choice := range choices {
		l.print(fmt.Sprintf("%d. %s", i+1, choiceLabel(choice)))
	}
	prompt := fmt.Sprintf("Number from 1 to %d: ", len(choices))
	start := slices.Index(choices, first)
	if start >= 0 {
		prompt = fmt.Sprintf("Number from 1 to %d [%d]: ", len(choices), start+1)
	}
	for {
		answer, err := l.streams.Ask(ctx, prompt)
		if err != nil {
			return "", err
		}
		answer = strings.TrimSpace(answer)
		if answer == "" && start >= 0 {
			return first, nil
		}
		if number, err := strconv.Atoi(answer); err == nil && 1 <= number && number <= len(choices) {
			return choices[number-1], nil
		}
		if answer != "" && slices.Contains(choices, answer) {
			return answer, nil
		}
		l.print("Enter a number from the list.")
	}
}

func (l lines) choose(ctx context.Context, title string, options []string) (string, error) {
	l.print(title)
	choice, err := l.pick(ctx, options, "")
	return choice, l.explain(ctx, title, err)
}

// explain adds the question at which the input ended, and distinguishes Ctrl-C at a secret from a context that ended.
func (l lines) explain(ctx context.Context, question string, err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the input ended at the question %q: %w", question, io.ErrUnexpectedEOF)
	case errors.Is(err, context.Canceled) && ctx.Err() == nil:
		return ErrAborted
	default:
		return err
	}
}

// print writes a text of one or several lines, wrapped between words, and nothing for an empty one. A write error appears
// again when the answer is read.
func (l lines) print(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		l.streams.Say("", line)
	}
}

// choiceLabel returns an option as the user sees it.
func choiceLabel(option string) string {
	if option == "" {
		return "(omit)"
	}
	return term.SanitizeLine(option)
}
