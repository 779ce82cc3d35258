package order

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func oneShot() Estimate {
	return Estimate{
		Order: large(), Quote: Quote{Trade: "0.49", Original: "0.5143", Discount: "0.0243", Currency: "CNY"},
		Runtime: Runtime{Max: time.Minute, Text: "less than 1 minute"}, OneShot: true,
	}
}

func TestEstimateText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Estimate)
		want   string
	}{
		{"one shot", func(*Estimate) {}, `
ECS Cost Estimate:
Region: cn-hangzhou (zone cn-hangzhou-k)
Spec: ecs.c7.large (2 vCPU, 4 GiB)
Image: Ubuntu 24.04
System disk: cloud_essd 40 GiB, PL1
Unit price: CNY 0.49/hour (trade price; list price CNY 0.5143)
Estimated runtime: less than 1 minute
Estimated total cost: CNY 0.0082 (for 1 minute)
Traffic: up to 5 Mbit/s out; traffic is billed by use and not included
Billing: pay-as-you-go (PostPaid), released after completion
`},
		{"the seed's own", func(e *Estimate) {
			e.Order.InstanceType, e.Order.Zone, e.Order.Bandwidth, e.Order.Disk.Performance = "ecs.t6-c1m2.large", "", 0, ""
			e.Quote = Quote{Trade: "0.017", Currency: "CNY"}
			e.Runtime = Runtime{Min: 5 * time.Minute, Max: 5 * time.Minute, Text: "~5 minutes"}
		}, `
ECS Cost Estimate:
Region: cn-hangzhou
Spec: ecs.t6-c1m2.large (2 vCPU, 4 GiB)
Image: Ubuntu 24.04
System disk: cloud_essd 40 GiB
Unit price: CNY 0.017/hour (trade price)
Estimated runtime: ~5 minutes
Estimated total cost: CNY 0.0015
Billing: pay-as-you-go (PostPaid), released after completion
`},
		{"several, in dollars, kept, given names", func(e *Estimate) {
			e.Order.Amount, e.Order.Bandwidth, e.OneShot = 3, 0, false
			e.Spec, e.Image = "half a machine", "mine"
			e.Quote = Quote{Trade: "0.087", Original: "0.087", Discount: "0", Currency: "USD"}
			e.Runtime = Runtime{Open: true, Text: "runs until it is released"}
		}, `
ECS Cost Estimate:
Region: cn-hangzhou (zone cn-hangzhou-k)
Spec: half a machine
Instances: 3
Image: mine
System disk: cloud_essd 40 GiB, PL1
Unit price: USD 0.087/hour for each instance (trade price)
Estimated runtime: runs until it is released
Estimated total cost: open-ended, USD 0.261 for each hour
Billing: pay-as-you-go (PostPaid), runs and costs until it is released
`},
		{"no price", func(e *Estimate) {
			e.Quote, e.Runtime, e.Order.Bandwidth = Quote{Trade: "0", Currency: "CNY"}, Runtime{}, 0
			e.Order.MemoryGiB, e.Order.ImageFamily = 0.5, "acs:other_1_x64"
		}, `
ECS Cost Estimate:
Region: cn-hangzhou (zone cn-hangzhou-k)
Spec: ecs.c7.large (2 vCPU, 0.5 GiB)
Image: acs:other_1_x64
System disk: cloud_essd 40 GiB, PL1
Unit price: unknown: the price "0" is not above zero
Estimated runtime: unknown
Estimated total cost: unknown
Billing: pay-as-you-go (PostPaid), released after completion
`},
	} {
		e := oneShot()
		c.change(&e)
		if got := "\n" + e.Text(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// The reduction is nowhere shown as an amount that somebody could take for the price (ecs-facts 5.5).
func TestDiscountIsNoPrice(t *testing.T) {
	t.Parallel()
	e := oneShot()
	e.Quote.Discount = "0.777"
	if text := e.Text(); strings.Contains(text, "0.777") {
		t.Errorf("got %s", text)
	}
}

func TestTotal(t *testing.T) {
	t.Parallel()
	day := Runtime{Min: time.Hour, Max: 24 * time.Hour}
	for _, c := range []struct {
		price   json.Number
		amount  int
		runtime Runtime
		oneShot bool
		want    string // "" is none
	}{
		{"0.49", 1, day, true, "11.76"},
		{"0.49", 0, day, true, "11.76"},
		{"0.49", 3, day, true, "35.28"},
		{"0.49", 1, Runtime{Min: 5 * time.Minute, Max: 30 * time.Minute}, true, "0.245"},
		{"0.1", 3, Runtime{Max: time.Hour}, true, "0.30"}, // 0.30000000000000004 in floats
		{"0.00000001", 1, Runtime{Max: time.Minute}, true, "0.0001"},
		{"0.49", 1, Runtime{Max: time.Second}, true, "0.0002"},
		{"0.49", 1, Runtime{Max: time.Hour, Open: true}, true, ""},
		{"0.49", 1, day, false, ""}, // it stays, however long the script takes
		{"0.49", 1, Runtime{}, true, ""},
		{"0.49", 1, Runtime{Max: -time.Hour}, true, ""},
		{"0", 1, day, true, ""},
		{"?", 1, day, true, ""},
	} {
		e := Estimate{Order: large(), Quote: cny(c.price), Runtime: c.runtime, OneShot: c.oneShot}
		e.Order.Amount = c.amount
		if got, ok := e.Total(); got != c.want || ok != (c.want != "") {
			t.Errorf("%+v: got %q, %t", c, got, ok)
		}
	}
}

func TestHourly(t *testing.T) {
	t.Parallel()
	e := oneShot()
	e.Order.Amount = 7
	if got, ok := e.Hourly(); got != "3.43" || !ok {
		t.Errorf("got %q, %t", got, ok)
	}
	e.Quote.Currency = ""
	if got, ok := e.Hourly(); got != "" || ok {
		t.Errorf("got %q, %t", got, ok)
	}
}

func TestEstimateJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(oneShot())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"order":{"region":"cn-hangzhou","zone":"cn-hangzhou-k","instance_type":"ecs.c7.large","cores":2,"memory_gib":4,"architecture":"X86",` +
		`"image_family":"acs:ubuntu_24_04_x64","image_id":"ubuntu_24_04_x64_20G_alibase_20260110.vhd",` +
		`"disk":{"category":"cloud_essd","size_gib":40,"performance":"PL1"},"bandwidth":5,"amount":1},` +
		`"spec":"ecs.c7.large (2 vCPU, 4 GiB)","image":"Ubuntu 24.04",` +
		`"quote":{"trade":0.49,"original":0.5143,"discount":0.0243,"currency":"CNY"},` +
		`"runtime":{"min_seconds":0,"max_seconds":60,"text":"less than 1 minute","open":false},"one_shot":true,` +
		`"hourly":"0.49","total":"0.0082","traffic_not_included":true}`
	if string(raw) != want {
		t.Errorf("got %s, want %s", raw, want)
	}
	var back Estimate
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back.Text() != oneShot().Text() || !reflect.DeepEqual(back.Runtime, oneShot().Runtime) {
		t.Errorf("got %+v", back)
	}
	// A price that is none must not make the document one that cannot be written.
	e := oneShot()
	e.Quote = Quote{}
	if raw, err := json.Marshal(e); err != nil || strings.Contains(string(raw), `"total"`) {
		t.Errorf("got %s, %v", raw, err)
	}
}

func TestRuntimeJSON(t *testing.T) {
	t.Parallel()
	var r Runtime
	if err := json.Unmarshal([]byte(`{"min_seconds":"x"}`), &r); err == nil {
		t.Error("no error")
	}
	r = Runtime{Min: 90 * time.Second, Max: 24 * time.Hour, Text: "a", Why: "b", Open: true}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Runtime
	if err := json.Unmarshal(raw, &back); err != nil || back != r {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestSpoken(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Minute: "1 minute", 30 * time.Minute: "30 minutes", time.Hour: "1 hour", 24 * time.Hour: "24 hours", 90 * time.Minute: "90 minutes", 61 * time.Second: "1m1s",
	} {
		if got := spoken(d); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
