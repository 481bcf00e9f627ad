package evolution

import (
	"encoding/json"
	"fmt"
	"testing"
)

// A list that tells no total ends with an empty page, or is an error in the end.
func TestACourseWithoutTotalHasAnEnd(t *testing.T) {
	const size = 100_000
	objects := make([]json.RawMessage, size)
	course := course{key: "id", began: map[string]bool{}}
	for n := 1; ; n++ {
		objects[0] = json.RawMessage(fmt.Sprintf(`{"id":"page-%d"}`, n))
		_, err := course.follow(page{objects: objects, total: -1})
		if err != nil {
			if course.offset != longest {
				t.Errorf("it ends after %d entries: %v", course.offset, err)
			}
			return
		}
		if course.ended || course.offset > longest {
			t.Fatalf("it goes on after %d entries", course.offset)
		}
	}
}
