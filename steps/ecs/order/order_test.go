package order

import (
	"slices"
	"testing"
)

// large is the order that most tests are about.
func large() Order {
	return Order{
		Region: "cn-hangzhou", Zone: "cn-hangzhou-k", InstanceType: "ecs.c7.large", Cores: 2, MemoryGiB: 4, Architecture: "X86",
		ImageFamily: "acs:ubuntu_24_04_x64", ImageID: "ubuntu_24_04_x64_20G_alibase_20260110.vhd",
		Disk: Disk{Category: "cloud_essd", SizeGiB: 40, Performance: "PL1"}, Bandwidth: 5, Amount: 1,
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	shared := []Param{
		{"ZoneId", "cn-hangzhou-k"}, {"InstanceType", "ecs.c7.large"}, {"ImageId", "ubuntu_24_04_x64_20G_alibase_20260110.vhd"},
		{"IoOptimized", "optimized"}, {"SpotStrategy", "NoSpot"},
		{"SystemDisk.Category", "cloud_essd"}, {"SystemDisk.Size", "40"}, {"SystemDisk.PerformanceLevel", "PL1"},
		{"InternetChargeType", "PayByTraffic"}, {"InternetMaxBandwidthOut", "5"},
	}
	price := append([]Param{{"ResourceType", "instance"}, {"InstanceNetworkType", "vpc"}, {"PriceUnit", "Hour"}, {"Period", "1"}, {"Amount", "1"}}, shared...)
	run := append([]Param{{"InstanceChargeType", "PostPaid"}, {"Amount", "1"}}, shared...)
	if got := large().PriceParams(); !slices.Equal(got, price) {
		t.Errorf("got %q, want %q", got, price)
	}
	if got := large().RunParams(); !slices.Equal(got, run) {
		t.Errorf("got %q, want %q", got, run)
	}
}

// inBoth are the parameters that DescribePrice and RunInstances both have, by the metadata of the CLI, without those of
// data disks, which nobody orders.
var inBoth = []string{
	"Amount", "ImageId", "InstanceType", "InternetChargeType", "InternetMaxBandwidthOut", "IoOptimized", "Isp", "Period", "SpotDuration",
	"SpotStrategy", "SystemDisk.Category", "SystemDisk.PerformanceLevel", "SystemDisk.Size", "ZoneId",
}

// onItsOwn are those of them that are not the same: a quote is for one instance, and an hour.
var onItsOwn = []string{"Amount", "Period"}

// What is priced is what is created: no parameter that both calls have is in one alone, or has two values.
func TestParamsAgree(t *testing.T) {
	t.Parallel()
	for _, o := range []Order{
		large(),
		{},
		{InstanceType: "ecs.g8y.large", Zone: "z", ImageID: "i", Disk: Disk{Category: "cloud_auto", SizeGiB: 100}, Amount: 3},
		{InstanceType: "ecs.t6-c1m2.large", Disk: Disk{Category: "cloud_efficiency"}, Bandwidth: 100, Amount: -1},
	} {
		price, run := byName(t, o.PriceParams()), byName(t, o.RunParams())
		for _, name := range inBoth {
			if !slices.Contains(onItsOwn, name) && price[name] != run[name] {
				t.Errorf("%+v: %s is %q in the price and %q in the order", o, name, price[name], run[name])
			}
		}
		for name := range price {
			if _, both := run[name]; both && !slices.Contains(inBoth, name) {
				t.Errorf("%s is in both calls, and RunInstances or DescribePrice does not have it", name)
			}
		}
		if size, found := price["SystemDisk.Size"]; found && (size == "0" || o.Disk.SizeGiB == 0) {
			t.Errorf("%+v: got a disk of %s GiB", o, size)
		}
		if price["Amount"] != "1" || price["Period"] != "1" || price["PriceUnit"] != "Hour" {
			t.Errorf("got %q: a quote is for one instance and one hour", price)
		}
		if _, found := price["InstanceChargeType"]; found {
			t.Errorf("DescribePrice has no InstanceChargeType")
		}
		if _, found := run["Period"]; found {
			t.Errorf("an order that is paid by the hour has no Period")
		}
	}
}

// byName is the values by name. No name stands twice, no value is empty: the CLI fails on one and misreads the other.
func byName(t *testing.T, all []Param) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, p := range all {
		if _, twice := values[p.Name]; twice || p.Value == "" {
			t.Errorf("got %q", p)
		}
		values[p.Name] = p.Value
	}
	return values
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int]string{-2: "1", 0: "1", 1: "1", 3: "3"} {
		o := large()
		o.Amount = amount
		if got := byName(t, o.RunParams())["Amount"]; got != want {
			t.Errorf("%d: got %s, want %s", amount, got, want)
		}
	}
}

func TestDiskString(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Disk{
		"cloud_essd 40 GiB, PL1": {"cloud_essd", 40, "PL1"},
		"cloud_auto 20 GiB":      {"cloud_auto", 20, ""},
	} {
		if got := d.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
