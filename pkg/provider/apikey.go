package provider

import (
	"bytes"
	"encoding/json"
)

// ReadAPIKey returns the [APIKey] in the JSON object in which a provider describes it; secret is the property with the
// key itself, which is moved out of the attributes. An error contains no value of the object.
func ReadAPIKey(object json.RawMessage, secret string) (APIKey, error) {
	members, err := Properties(object)
	if err != nil {
		return APIKey{}, err
	}
	key := APIKey{}
	key.Key, _ = members[secret].(string)
	delete(members, secret)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(members); err != nil {
		return APIKey{}, err
	}
	key.Attributes = bytes.TrimSpace(b.Bytes())
	return key, nil
}
