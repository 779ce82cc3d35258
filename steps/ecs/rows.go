package ecs

import (
	"encoding/json"
	"net/netip"
)

// What the look-ups return, one type for each thing. Sizes are in GiB, whatever unit the API has (ecs-facts 5.6).
// The JSON names are those of the filters in jq/ecs and of the data that programs get.

// region is a region. Name is in English.
type region struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Status   string `json:"status"`
}

// zone is a zone of a region. Name is in English.
type zone struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// family is an instance type family, e.g. ecs.g7.
type family struct {
	ID         string `json:"id"`
	Generation string `json:"generation"`
}

// instanceType is a row of the catalogue, which says nothing of stock. Architecture is "X86" or "ARM".
type instanceType struct {
	ID           string  `json:"id"`
	Family       string  `json:"family"`
	Cores        int     `json:"cores"`
	MemoryGiB    float64 `json:"memory_gib"`
	GPUs         int     `json:"gpus"`
	GPU          string  `json:"gpu"`
	Architecture string  `json:"architecture"`
	Level        string  `json:"level"`
}

// candidate is an instance type that the service recommends, with the zones it recommends it in: at least one.
type candidate struct {
	Type      string   `json:"type"`
	Family    string   `json:"family"`
	Cores     int      `json:"cores"`
	MemoryGiB float64  `json:"memory_gib"`
	Zones     []string `json:"zones"`
	Priority  int      `json:"priority"`
}

// zoneStock is how an instance type stands in a zone. Usable is set if it can be bought there; Plenty if what is sold
// is replenished as well (ecs-facts 2.4).
type zoneStock struct {
	Zone     string `json:"zone"`
	Status   string `json:"status"`
	Category string `json:"category"`
	Usable   bool   `json:"usable"`
	Plenty   bool   `json:"plenty"`
}

// diskStock is a category of system disk that an instance type can have in a zone, and the sizes it comes in.
type diskStock struct {
	Category string `json:"category"`
	MinGiB   int    `json:"min_gib"`
	MaxGiB   int    `json:"max_gib"`
	Usable   bool   `json:"usable"`
}

// quote is a price, for one instance and the unit that was asked for. Trade is what is paid: a number above zero.
// Discount is the amount taken off Original, not a price (ecs-facts 2.5). Original and Discount are empty if the
// service did not tell them.
type quote struct {
	Trade    json.Number   `json:"trade"`
	Original json.Number   `json:"original,omitempty"`
	Discount json.Number   `json:"discount,omitempty"`
	Currency string        `json:"currency"`
	Details  []priceDetail `json:"details"`
}

// priceDetail is what one part of the order adds: instanceType, systemDisk, bandwidth, image.
type priceDetail struct {
	Resource string      `json:"resource"`
	Trade    json.Number `json:"trade,omitempty"`
}

// image is an image of the system's own. Architecture is "x86_64", "arm64" or "i386"; OSType "linux" or "windows".
// Created is a time as text, yyyy-MM-ddTHH:mm:ssZ. A system disk must hold at least SizeGiB.
type image struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Family       string `json:"family"`
	OS           string `json:"os"`
	OSType       string `json:"os_type"`
	Architecture string `json:"architecture"`
	SizeGiB      int    `json:"size_gib"`
	Created      string `json:"created"`
}

// vpc is a VPC. CIDRs are the primary one and the secondary ones.
type vpc struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Status  string            `json:"status"`
	CIDRs   []netip.Prefix    `json:"cidrs"`
	Default bool              `json:"default"`
	Tags    map[string]string `json:"tags"`
}

// vswitch is a vswitch. Free is the number of addresses left.
type vswitch struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	VPC    string            `json:"vpc"`
	Zone   string            `json:"zone"`
	Status string            `json:"status"`
	CIDR   netip.Prefix      `json:"cidr"`
	Free   int               `json:"free"`
	Tags   map[string]string `json:"tags"`
}

// securityGroup is a security group. A managed one belongs to another product.
type securityGroup struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	VPC     string            `json:"vpc"`
	Type    string            `json:"type"`
	Tags    map[string]string `json:"tags"`
	Managed bool              `json:"managed"`
}

// instance is an instance. PublicIPs holds its elastic IP as well. Created and AutoRelease are times as the service
// writes them; AutoRelease is empty if nothing releases it. Protected is set if deleting it is forbidden.
type instance struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	Status         string            `json:"status"`
	Zone           string            `json:"zone"`
	Type           string            `json:"type"`
	Image          string            `json:"image"`
	Charge         string            `json:"charge"`
	Created        string            `json:"created"`
	AutoRelease    string            `json:"auto_release"`
	Cores          int               `json:"cores"`
	MemoryGiB      float64           `json:"memory_gib"`
	PublicIPs      []string          `json:"public_ips"`
	PrivateIPs     []string          `json:"private_ips"`
	SecurityGroups []string          `json:"security_groups"`
	VPC            string            `json:"vpc"`
	VSwitch        string            `json:"vswitch"`
	Protected      bool              `json:"protected"`
	Tags           map[string]string `json:"tags"`
}

// invocation is how a command stands: Status over all instances, the rest on the one that was asked for. All but ID
// and Status are empty as long as the service knows nothing of that instance. ExitCode is nil if there is none; it
// means something only beside the InstanceStatus Success or Failed (ecs-facts 2.12).
type invocation struct {
	ID             string `json:"id"`
	Status         string `json:"status"`
	Instance       string `json:"instance"`
	InstanceStatus string `json:"instance_status"`
	ErrorCode      string `json:"error_code"`
	ErrorInfo      string `json:"error_info"`
	ExitCode       *int   `json:"exit_code"`
	Created        string `json:"created"`
}

// result is what a command left on an instance. Output is what it printed, stdout and stderr in one; Dropped is how
// many bytes of it the service threw away.
type result struct {
	Status    string
	ErrorCode string
	ErrorInfo string
	ExitCode  *int
	Output    []byte
	Dropped   int
	Finished  string
}
