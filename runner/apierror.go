package runner

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// parseAPIError reads the service's error out of what a failed child printed: the labelled lines of the built-in
// commands, the labelled lines of a plugin, or a JSON object on stdout. It returns nil if it finds none; prose is
// never interpreted (eas-facts D, ecs-facts 1.4).
func parseAPIError(res Result) *APIError {
	lines := strings.Split(string(stripANSI(res.Stderr)), "\n")
	if api := parseBuiltin(lines); api != nil {
		return api
	}
	if api := parsePlugin(lines); api != nil {
		return api
	}
	if v, _, err := decodeJSON(res.Stdout); err == nil {
		return apiErrorOf(v)
	}
	return nil
}

// parseBuiltin reads
//
//	ERROR: SDK.ServerError
//	ErrorCode: X
//	Recommend: ...
//	RequestId: Y
//	Message: Z, over as many lines as it likes
//	RespHeaders: map[...]
//
// The labels count in this order only and the first of each: Message is free text and may imitate them.
func parseBuiltin(lines []string) *APIError {
	i := indexPrefix(lines, 0, "ERROR: SDK.ServerError")
	if i < 0 {
		return nil
	}
	var api APIError
	if i = indexPrefix(lines, i+1, "ErrorCode:"); i < 0 {
		return nil
	}
	api.Code = after(lines[i], "ErrorCode:")
	if j := indexPrefix(lines, i+1, "RequestId:"); j >= 0 {
		api.RequestID, i = after(lines[j], "RequestId:"), j
	}
	if j := indexPrefix(lines, i+1, "Message:"); j >= 0 {
		message := []string{after(lines[j], "Message:")}
		end := lastIndexPrefix(lines, "RespHeaders:")
		for k := j + 1; k < end || (end < 0 && k < len(lines)); k++ {
			message = append(message, lines[k])
		}
		api.Message = strings.TrimSpace(strings.Join(message, "\n"))
	}
	return &api
}

// parsePlugin reads the form expected of plugins (eas-facts D, UNVERIFIED there): an "Error: SDKError:" line,
// then indented StatusCode, Code, Message and Data lines.
func parsePlugin(lines []string) *APIError {
	i := indexPrefix(lines, 0, "Error: SDKError:")
	if i < 0 {
		return nil
	}
	var api APIError
	for _, line := range lines[i+1:] {
		label, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok:
		case label == "StatusCode" && api.Status == 0:
			api.Status, _ = strconv.Atoi(value)
		case label == "Code" && api.Code == "":
			api.Code = value
		case label == "Message" && api.Message == "":
			api.Message = value
		case label == "Data":
			if v, _, err := decodeJSON([]byte(value)); err == nil {
				if data := apiErrorOf(v); data != nil {
					api.RequestID = data.RequestID
					api.Message = data.Message
				}
			}
		}
	}
	return &api
}

// apiErrorOf returns the error a decoded reply stands for: an object with a Code that is not a success and a
// Message. The real CLI prints such bodies with exit 0 as well (ecs-facts 1.4).
func apiErrorOf(v any) *APIError {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	text := func(keys ...string) string {
		for _, key := range keys {
			switch x := object[key].(type) {
			case string:
				return x
			case json.Number:
				return x.String()
			}
		}
		return ""
	}
	code, message := text("Code", "code"), text("Message", "message")
	if code == "" || code == "200" || strings.EqualFold(code, "OK") || strings.EqualFold(code, "success") || message == "" {
		return nil
	}
	return &APIError{Code: code, Message: message, RequestID: text("RequestId", "requestId")}
}

func indexPrefix(lines []string, from int, prefix string) int {
	for i := from; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], prefix) {
			return i
		}
	}
	return -1
}

func lastIndexPrefix(lines []string, prefix string) int {
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], prefix) {
			return i
		}
	}
	return -1
}

func after(line, label string) string { return strings.TrimSpace(strings.TrimPrefix(line, label)) }

// stripANSI removes colour sequences: older CLIs ignore NO_COLOR.
func stripANSI(b []byte) []byte {
	if bytes.IndexByte(b, 0x1b) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == 0x1b && i+1 < len(b) && b[i+1] == '[' {
			j := i + 2
			for j < len(b) && (b[j] == ';' || b[j] >= '0' && b[j] <= '9') {
				j++
			}
			if j < len(b) && b[j] == 'm' {
				i = j
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}
