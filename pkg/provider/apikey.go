package provider

import "encoding/json"

// ReadAPIKey makes an [APIKey] of the JSON object in which a provider describes
// it; secret names the member that holds the key itself, which is moved out of
// the attributes. An error tells nothing of what the object holds.
func ReadAPIKey(object json.RawMessage, secret string) (APIKey, error) {
	members, err := Members(object)
	if err != nil {
		return APIKey{}, err
	}
	key := APIKey{}
	key.Key, _ = members[secret].(string)
	delete(members, secret)
	key.Attributes, err = json.Marshal(members)
	return key, err
}
