// Package order is what is ordered, priced and confirmed, from one struct: nothing can be priced that is not what is
// ordered, and nothing ordered that was not confirmed.
//
// It owns: the order and its parameters in both calls, quotes and the arithmetic with them, the estimate as the user
// reads it, offers and what they cover, image families and the order of regions. It must not know: how a price is asked
// for, where an offer is kept, flags, the script. It is pure: the time comes in.
package order

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
func (o Order) PriceParams() []Param { return nil }

// RunParams are the parameters of RunInstances that the order decides (ecs-facts 2.10).
func (o Order) RunParams() []Param { return nil }
