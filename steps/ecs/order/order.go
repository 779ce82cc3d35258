// Package order is what is ordered, priced and confirmed, from one struct: nothing can be priced that is not what is
// ordered, and nothing ordered that was not confirmed.
//
// It owns: the order and its parameters in both calls, quotes and the arithmetic with them, the estimate as the user
// reads it, offers and what they cover, image families and the order of regions. It must not know: how a price is asked
// for, where an offer is kept, flags, the script. It is pure: the time comes in.
package order

import (
	"fmt"
	"slices"
	"strconv"
)

// Order is one or several instances, all alike, billed by the hour.
type Order struct {
	Region       string  `json:"region"`
	Zone         string  `json:"zone"`
	InstanceType string  `json:"instance_type"`
	Cores        int     `json:"cores"`
	MemoryGiB    float64 `json:"memory_gib"`
	// Architecture is X86 or ARM.
	Architecture string `json:"architecture"`
	ImageFamily  string `json:"image_family"`
	ImageID      string `json:"image_id"`
	Disk         Disk   `json:"disk"`
	// Bandwidth out to the internet is in Mbit/s; above 0 there is a public address.
	Bandwidth int `json:"bandwidth"`
	// Amount is how many instances; 0 is 1.
	Amount int `json:"amount"`
}

// Disk is the system disk.
type Disk struct {
	Category string `json:"category"`
	SizeGiB  int    `json:"size_gib"`
	// Performance is PL0 to PL3, for cloud_essd only.
	Performance string `json:"performance,omitempty"`
}

// Param is one parameter of a call.
type Param struct{ Name, Value string }

// PriceParams are the parameters of DescribePrice (ecs-facts 2.5): one instance for one hour. The amount is multiplied
// here, because nobody knows whether the service does.
func (o Order) PriceParams() []Param {
	return append([]Param{
		{"ResourceType", "instance"},
		{"InstanceNetworkType", "vpc"},
		{"PriceUnit", "Hour"},
		{"Period", "1"},
		{"Amount", "1"},
	}, o.shared()...)
}

// RunParams are the parameters of RunInstances that the order decides (ecs-facts 2.10).
func (o Order) RunParams() []Param {
	return append([]Param{
		{"InstanceChargeType", "PostPaid"},
		{"Amount", strconv.Itoa(o.count())},
	}, o.shared()...)
}

// shared are the parameters that both calls have: what is priced is what is created (ecs-facts 5.4). Without an image
// the service leaves out the price of the disk.
func (o Order) shared() []Param {
	all := []Param{
		{"ZoneId", o.Zone},
		{"InstanceType", o.InstanceType},
		{"ImageId", o.ImageID},
		{"IoOptimized", "optimized"},
		{"SpotStrategy", "NoSpot"},
		{"SystemDisk.Category", o.Disk.Category},
		{"SystemDisk.Size", o.Disk.size()},
		{"SystemDisk.PerformanceLevel", o.Disk.Performance},
		{"InternetChargeType", "PayByTraffic"},
		{"InternetMaxBandwidthOut", strconv.Itoa(o.Bandwidth)},
	}
	return slices.DeleteFunc(all, func(p Param) bool { return p.Value == "" })
}

// count is how many instances there will be.
func (o Order) count() int { return max(1, o.Amount) }

// spec is the instance type with its size.
func (o Order) spec() string {
	return fmt.Sprintf("%s (%d vCPU, %s GiB)", o.InstanceType, o.Cores, strconv.FormatFloat(o.MemoryGiB, 'f', -1, 64))
}

// size is the size as a parameter; none is left to the service, in the price as in the order.
func (d Disk) size() string {
	if d.SizeGiB <= 0 {
		return ""
	}
	return strconv.Itoa(d.SizeGiB)
}

// String is the disk as it stands in an estimate, e.g. "cloud_essd 40 GiB, PL1".
func (d Disk) String() string {
	text := fmt.Sprintf("%s %d GiB", d.Category, d.SizeGiB)
	if d.Performance != "" {
		text += ", " + d.Performance
	}
	return text
}
