package described

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/provider"
)

// stream reads a list of users inside a JSON document one user at a time.
type stream struct {
	place  describe.Pointer
	use    func(json.RawMessage) error
	beside map[string]json.RawMessage // the properties next to the list
	replay provider.Replay
	in     *provider.Bounded
}

// read reads one response from its beginning.
func (s *stream) read(body io.Reader) error {
	s.replay.Begin()
	s.in = provider.NewBounded(body)
	decoder := json.NewDecoder(s.in)
	if err := s.descend(decoder, s.place); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON document")
	}
	return s.replay.End()
}

// descend reads the value at the decoder's position, whose part at the place is the list.
func (s *stream) descend(decoder *json.Decoder, place []string) error {
	if len(place) == 0 {
		return s.list(decoder)
	}
	if err := provider.ReadDelim(decoder, '{'); err != nil {
		return err
	}
	found := false
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if text, _ := name.(string); text == place[0] && !found {
			found = true
			if err := s.descend(decoder, place[1:]); err != nil {
				return err
			}
			continue
		}
		var other json.RawMessage
		if err := decoder.Decode(&other); err != nil {
			return err
		}
		s.beside[fmt.Sprint(name)] = other
	}
	if err := provider.ReadDelim(decoder, '}'); err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%q is missing", describe.Pointer(place[:1]))
	}
	return nil
}

func (s *stream) list(decoder *json.Decoder) error {
	if err := provider.ReadDelim(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		var object json.RawMessage
		if err := decoder.Decode(&object); err != nil {
			return err
		}
		s.in.Next()
		isNew, err := s.replay.IsNew(object)
		if err == nil && isNew {
			err = s.use(object)
		}
		if err != nil {
			return err
		}
	}
	return provider.ReadDelim(decoder, ']')
}
