package eas

import (
	"bytes"
	"encoding/json"
)

// document is the service.json that build writes. The order of the fields is that of the file.
type document struct {
	Metadata   metadata    `json:"metadata"`
	Containers []container `json:"containers"`
	Storage    []storage   `json:"storage,omitempty"`
	Cloud      *cloud      `json:"cloud,omitempty"`
}

type metadata struct {
	Name        string `json:"name"`
	Instance    int    `json:"instance"`
	WorkspaceID string `json:"workspace_id,omitempty"`
}

type container struct {
	Image   string `json:"image"`
	Port    int    `json:"port"`
	Command string `json:"command,omitempty"`
}

type storage struct {
	MountPath string `json:"mount_path"`
	OSS       oss    `json:"oss"`
}

type oss struct {
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly"`
}

type cloud struct {
	Computing computing `json:"computing"`
}

type computing struct {
	InstanceType string `json:"instance_type"`
}

// encode returns d as it stands in the file: indented, ending in a newline.
func (d document) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(d)
	return b.Bytes(), err
}
