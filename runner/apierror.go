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
	for i, line := range lines {
		// The header that stands first decides: what follows it may be a message that imitates the other.
		switch {
		case strings.HasPrefix(line, builtinHeader):
			if api := parseBuiltin(lines[i:]); api != nil {
				return api
			}
		case strings.HasPrefix(line, pluginHeader):
			return parsePlugin(lines[i+1:])
		}
	}
	if v, _, err := decodeJSON(res.Stdout); err == nil {
		return apiErrorOf(v)
	}
	return nil
}

// The lines that errors of a service begin with.
const (
	builtinHeader = "ERROR: SDK.ServerError"
	pluginHeader  = "Error: SDKError:"
)

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
	var api APIError
	i := indexPrefix(lines, 1, "ErrorCode:")
	if i < 0 {
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

// parsePlugin reads the form expected of plugins (eas-facts D, UNVERIFIED there), from the line after its header:
// indented StatusCode, Code, Message and Data lines, in this order. Message may be of several lines, up to the
// last Data line.
func parsePlugin(lines []string) *APIError {
	var api APIError
	trimmed := make([]string, len(lines))
	for i, line := range lines {
		trimmed[i] = strings.TrimSpace(line)
	}
	i := indexPrefix(trimmed, 0, "Message:")
	head := trimmed
	if i >= 0 {
		head = trimmed[:i]
		end := lastIndexPrefix(trimmed, "Data:")
		if end < i {
			end = len(trimmed)
		} else if v, _, err := decodeJSON([]byte(after(trimmed[end], "Data:"))); err == nil {
			if data := apiErrorOf(v); data != nil {
				api.RequestID, api.Message = data.RequestID, data.Message
			}
		}
		if api.Message == "" {
			api.Message = strings.TrimSpace(after(trimmed[i], "Message:") + "\n" + strings.Join(trimmed[i+1:end], "\n"))
		}
	}
	if k := indexPrefix(head, 0, "StatusCode:"); k >= 0 {
		api.Status, _ = strconv.Atoi(after(head[k], "StatusCode:"))
	}
	if k := indexPrefix(head, 0, "Code:"); k >= 0 {
		api.Code = after(head[k], "Code:")
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
