package ecs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"aligate/runner"
	"aligate/steps"
)

// desk is a reader over replies in their order, and what it was asked.
type desk struct {
	reader
	replies []string
	asked   []string
}

// newDesk makes one: each reply is what one process prints on stdout. A reply that begins with "ERROR:" is stderr of a
// process that exits 1.
func newDesk(replies ...string) *desk {
	d := &desk{replies: replies}
	answer := func(_ context.Context, c runner.Command) (runner.Result, error) {
		d.asked = append(d.asked, runner.Quote(c.Args...))
		if len(d.replies) == 0 {
			return runner.Result{ExitCode: -1}, errors.New("asked more often than there are replies: " + d.asked[len(d.asked)-1])
		}
		reply := d.replies[0]
		d.replies = d.replies[1:]
		if strings.HasPrefix(reply, "ERROR:") {
			res := runner.Result{ExitCode: 1, Stderr: []byte(reply)}
			return res, runner.NewExitError(c, res)
		}
		return runner.Result{Stdout: []byte(reply)}, nil
	}
	d.reader = reader{env: &steps.Env{Runner: runner.Check{Runner: runner.Func(answer)}}, region: "cn-hangzhou"}
	return d
}

// sample is a reply of fixtures/samples/ecs.
func sample(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "samples", "ecs", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// stderr is what the CLI prints when it fails, of the same place, without the comment above it.
func stderr(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "samples", "ecs", "cli-stderr", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "\n")
	return text
}

// Reads of all kinds, as functions that forget the type of their rows.
var reads = map[string]func(r reader) (any, error){
	"regions":   func(r reader) (any, error) { return r.regions(bg) },
	"zones":     func(r reader) (any, error) { return r.zones(bg) },
	"families":  func(r reader) (any, error) { return r.families(bg, "ecs-6") },
	"types":     func(r reader) (any, error) { return r.types(bg, typeFilter{}) },
	"recommend": func(r reader) (any, error) { return r.recommend(bg, wish{Cores: 2, MemoryGiB: 4}) },
	"stock":     func(r reader) (any, error) { return r.stock(bg, "ecs.c7.large", "", "cloud_essd") },
	"disks":     func(r reader) (any, error) { return r.disks(bg, "ecs.c7.large", "cn-hangzhou-k") },
	"price":     func(r reader) (any, error) { return r.price(bg, []pair{{"InstanceType", "ecs.c7.large"}}) },
	"images":    func(r reader) (any, error) { return r.images(bg, "", "ecs.c7.large") },
	"vpcs":      func(r reader) (any, error) { return r.vpcs(bg, "") },
	"vswitches": func(r reader) (any, error) { return r.vswitches(bg, vpcID) },
	"groups":    func(r reader) (any, error) { return r.securityGroups(bg, vpcID) },
	"instances": func(r reader) (any, error) { return r.instances(bg, instanceFilter{IDs: []string{instanceID}}) },
	"agent": func(r reader) (any, error) {
		ready, version, err := r.agent(bg, instanceID)
		return []any{ready, version}, err
	},
	"invocations": func(r reader) (any, error) { return r.invocations(bg, "", instanceID) },
	"invocation":  func(r reader) (any, error) { return r.invocation(bg, invokeID, instanceID) },
	"result":      func(r reader) (any, error) { return r.result(bg, invokeID, instanceID) },
}

var bg = context.Background()

// The ids of the samples.
const (
	vpcID      = "vpc-bp1k3v9x0e7synthetic1"
	instanceID = "i-bp1f4z8h2j6synthetic1"
	invokeID   = "t-hz05synth0001abc"
)

func ptr(n int) *int { return &n }

// tagged is the tag of the samples.
var tagged = map[string]string{"created-by": "synthetic-run-01"}

// What each read makes of a reply: of the samples, and of the same with something missing or written otherwise.
func TestReads(t *testing.T) {
	t.Parallel()
	linux3 := image{ID: "aliyun_3_x64_20G_alibase_20260115.vhd", Name: "aliyun_3_x64_20G_alibase_20260115.vhd", Family: defaultImageFamily,
		OS: "Alibaba Cloud Linux 3.2104 LTS 64 bit", OSType: "linux", Architecture: "x86_64", SizeGiB: 20, Created: "2026-01-15T03:12:44Z"}
	large := instanceType{ID: "ecs.c7.large", Family: "ecs.c7", Cores: 2, MemoryGiB: 4, Architecture: "X86", Level: "EnterpriseLevel"}
	running := instance{ID: instanceID, Name: "acf-instance", Status: "Running", Zone: "cn-hangzhou-k", Type: "ecs.c7.large", Image: linux3.ID,
		Charge: "PostPaid", Created: "2026-01-20T08:05Z", Cores: 2, MemoryGiB: 4, PublicIPs: []string{"203.0.113.10"},
		PrivateIPs: []string{"192.168.0.12"}, SecurityGroups: []string{"sg-bp1d7w6r5c3synthetic1"}, VPC: vpcID,
		VSwitch: "vsw-bp1t5q2m8n4synthetic1", Tags: tagged}
	pending := running
	pending.Status, pending.PublicIPs = "Pending", []string{}
	network := vpc{ID: vpcID, Name: "acf-vpc", Status: "Available", CIDRs: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}, Tags: tagged}
	subnet := vswitch{ID: "vsw-bp1t5q2m8n4synthetic1", Name: "acf-vsw", VPC: vpcID, Zone: "cn-hangzhou-k", Status: "Available",
		CIDR: netip.MustParsePrefix("192.168.0.0/24"), Free: 251, Tags: map[string]string{}}
	group := securityGroup{ID: "sg-bp1d7w6r5c3synthetic1", Name: "acf-sg", VPC: vpcID, Type: "normal", Tags: tagged}
	succeeded := invocation{ID: invokeID, Status: "Success", Instance: instanceID, InstanceStatus: "Success", ExitCode: ptr(0), Created: "2026-01-20T08:07:00Z"}

	for _, c := range []struct {
		read, about, reply string
		want               any
	}{
		{"regions", "sample", sample(t, "DescribeRegions"), []region{
			{"cn-hangzhou", "华东1（杭州）", "ecs.cn-hangzhou.aliyuncs.com", "available"},
			{"ap-southeast-1", "新加坡", "ecs.ap-southeast-1.aliyuncs.com", "available"}}},
		{"regions", "no status", `{"Regions":{"Region":[{"RegionId":"r-1"}]}}`, []region{{ID: "r-1"}}},
		{"regions", "empty", `{"Regions":{"Region":[]}}`, []region{}},
		{"zones", "sample", sample(t, "DescribeZones"), []zone{{"cn-hangzhou-j", "杭州 可用区J"}, {"cn-hangzhou-k", "杭州 可用区K"}}},
		{"families", "sample", sample(t, "DescribeInstanceTypeFamilies"), []family{{"ecs.g7", "ecs-6"}, {"ecs.c7", "ecs-6"}, {"ecs.gn7i", "ecs-6"}}},
		{"types", "sample", sample(t, "DescribeInstanceTypes"), []instanceType{large,
			{"ecs.gn7i-c8g1.2xlarge", "ecs.gn7i", 8, 30, 1, "NVIDIA A10", "X86", "EnterpriseLevel"},
			{"ecs.c8y.large", "ecs.c8y", 2, 4, 0, "", "ARM", "EnterpriseLevel"}}},
		{"types", "numbers as text, half a GiB", `{"InstanceTypes":{"InstanceType":[{"InstanceTypeId":"ecs.t5.nano","CpuCoreCount":"1","MemorySize":"0.5"}]}}`,
			[]instanceType{{ID: "ecs.t5.nano", Cores: 1, MemoryGiB: 0.5}}},
		{"recommend", "sample", sample(t, "DescribeRecommendInstanceType"), []candidate{
			{"ecs.c7.large", "ecs.c7", 2, 4, []string{"cn-hangzhou-k"}, 1},
			{"ecs.u1-c1m2.large", "ecs.u1", 2, 4, []string{"cn-hangzhou-j"}, 2},
			{"ecs.c8y.large", "ecs.c8y", 2, 4, []string{"cn-hangzhou-i"}, 3}}},
		{"recommend", "512 MiB are half a GiB, Zones may be {}", sample(t, "DescribeRecommendInstanceType.edge"), []candidate{
			{"ecs.t5-lc2m1.nano", "ecs.t5", 1, 0.5, []string{"cn-hangzhou-h"}, 1},
			{"ecs.c7.large", "ecs.c7", 2, 4, []string{"cn-hangzhou-k"}, 2}}},
		{"recommend", "zones of both places, rows without any",
			`{"Data":{"RecommendInstanceType":[{"InstanceType":{"InstanceType":"a","Cores":1,"Memory":"1024"},"ZoneId":"z1","Zones":{"zone":[{"ZoneNo":"z2"},{"ZoneNo":"z1"},{}]}},
			  {"InstanceType":{"InstanceType":"b","Cores":1,"Memory":1024}},{"InstanceType":{"InstanceType":"c","Cores":1,"Memory":1024},"Zones":{"zone":[{"ZoneNo":"z3"}]}}]}}`,
			[]candidate{{Type: "a", Cores: 1, MemoryGiB: 1, Zones: []string{"z1", "z2"}}, {Type: "c", Cores: 1, MemoryGiB: 1, Zones: []string{"z3"}}}},
		{"recommend", "an error that means nothing found", "ERROR: SDK.ServerError\nErrorCode: RecommendEmpty.InstanceTypeSoldOut\nRecommend: \nRequestId: R\nMessage: sold out\nRespHeaders: map[]\n", []candidate(nil)},
		{"recommend", "the same with exit 0", `{"Code":"RecommendEmpty.IzNotMatched","Message":"none","RequestId":"R"}`, []candidate(nil)},
		{"stock", "sample", sample(t, "DescribeAvailableResource"), []zoneStock{
			{"cn-hangzhou-k", "Available", "WithStock", true, true},
			{"cn-hangzhou-j", "Available", "ClosedWithStock", true, false},
			{"cn-hangzhou-i", "SoldOut", "WithoutStock", false, false}}},
		{"stock", "none", sample(t, "DescribeAvailableResource.none"), []zoneStock{}},
		{"stock", "levels missing, another type, a zone that is closed",
			`{"AvailableZones":{"AvailableZone":[{"ZoneId":"z1","Status":"Available"},
			  {"ZoneId":"z2","Status":"Available","AvailableResources":{}},
			  {"ZoneId":"z3","Status":"Available","AvailableResources":{"AvailableResource":[{"SupportedResources":{"SupportedResource":[{"Value":"ecs.g7.large","Status":"Available","StatusCategory":"WithStock"}]}}]}},
			  {"ZoneId":"z4","Status":"SoldOut","AvailableResources":{"AvailableResource":[{"SupportedResources":{"SupportedResource":[{"Value":"ecs.c7.large","Status":"Available","StatusCategory":"WithStock"}]}}]}},
			  {"ZoneId":"z6","Status":"Available","AvailableResources":{"AvailableResource":[{"SupportedResources":{"SupportedResource":[{"Value":"ecs.c7.large","Status":"SoldOut","StatusCategory":"WithStock"}]}}]}},
			  {"ZoneId":"z5","Status":"Available","AvailableResources":{"AvailableResource":[{"SupportedResources":{"SupportedResource":[{"Value":"ecs.c7.large","Status":"Available","StatusCategory":"ClosedWithoutStock"}]}}]}}]}}`,
			[]zoneStock{{"z1", "NotOffered", "", false, false}, {"z2", "NotOffered", "", false, false}, {"z3", "NotOffered", "", false, false},
				{"z4", "SoldOut", "WithStock", false, false}, {"z6", "SoldOut", "WithStock", false, false}, {"z5", "Available", "ClosedWithoutStock", false, false}}},
		{"disks", "sample", sample(t, "DescribeAvailableResource.SystemDisk"), []diskStock{{"cloud_essd", 20, 2048, true}, {"cloud_auto", 1, 2048, true}}},
		{"disks", "none", sample(t, "DescribeAvailableResource.none"), []diskStock{}},
		{"disks", "the zone is sold out", strings.ReplaceAll(sample(t, "DescribeAvailableResource.SystemDisk"), `"ZoneId": "cn-hangzhou-k"`, `"ZoneId": "cn-hangzhou-k", "Status": "SoldOut"`),
			[]diskStock{{"cloud_essd", 20, 2048, false}, {"cloud_auto", 1, 2048, false}}},
		{"price", "sample", sample(t, "DescribePrice"), quote{"0.49", "0.5143", "0.0243", "CNY",
			[]priceDetail{{"instanceType", "0.41"}, {"systemDisk", "0.08"}, {"bandwidth", "0"}, {"image", "0"}}}},
		{"price", "dollars, no details", sample(t, "DescribePrice.usd"), quote{"0.087", "0.087", "0", "USD", []priceDetail{}}},
		{"price", "as text, without the others", `{"PriceInfo":{"Price":{"TradePrice":"0.0001","Currency":"CNY"}}}`, quote{Trade: "0.0001", Currency: "CNY", Details: []priceDetail{}}},
		{"images", "sample", sample(t, "DescribeImages"), []image{linux3}},
		{"images", "empty", sample(t, "DescribeImages.empty"), []image(nil)},
		{"images", "the newest first, those of others left out",
			`{"Images":{"Image":[{"ImageId":"old","ImageOwnerAlias":"system","CreationTime":"2025-01-01T00:00:00Z"},{"ImageId":"mine","ImageOwnerAlias":"self"},
			  {"ImageId":"new","ImageOwnerAlias":"system","CreationTime":"2026-01-01T00:00:00Z","Size":"20"}]},"TotalCount":3,"PageSize":100}`,
			[]image{{ID: "new", Created: "2026-01-01T00:00:00Z", SizeGiB: 20}, {ID: "old", Created: "2025-01-01T00:00:00Z"}}},
		{"vpcs", "sample", sample(t, "DescribeVpcs"), []vpc{network}},
		{"vpcs", "empty", sample(t, "DescribeVpcs.empty"), []vpc(nil)},
		{"vpcs", "an array, more CIDRs, the default one", `{"Vpcs":[{"VpcId":"vpc-1","CidrBlock":"10.0.0.0/8","SecondaryCidrBlocks":{"SecondaryCidrBlock":["172.16.0.0/12"]},"IsDefault":true}],"TotalCount":1}`,
			[]vpc{{ID: "vpc-1", CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12")}, Default: true, Tags: map[string]string{}}}},
		{"vswitches", "sample", sample(t, "DescribeVSwitches"), []vswitch{subnet}},
		{"vswitches", "empty", sample(t, "DescribeVSwitches.empty"), []vswitch(nil)},
		{"groups", "sample", sample(t, "DescribeSecurityGroups"), []securityGroup{group}},
		{"groups", "an array, managed, no NextToken", `{"SecurityGroups":[{"SecurityGroupId":"sg-1","VpcId":"` + vpcID + `","ServiceManaged":true}]}`,
			[]securityGroup{{ID: "sg-1", VPC: vpcID, Managed: true, Tags: map[string]string{}}}},
		{"instances", "sample", sample(t, "DescribeInstances"), []instance{running}},
		{"instances", "pending", sample(t, "DescribeInstances.pending"), []instance{pending}},
		{"instances", "empty", sample(t, "DescribeInstances.empty"), []instance(nil)},
		{"instances", "an elastic IP, 512 MiB, levels missing",
			`{"Instances":{"Instance":[{"InstanceId":"` + instanceID + `","Status":"Starting","Memory":512,"EipAddress":{"IpAddress":"203.0.113.7"},"DeletionProtection":true}]}}`,
			[]instance{{ID: instanceID, Status: "Starting", MemoryGiB: 0.5, PublicIPs: []string{"203.0.113.7"}, PrivateIPs: []string{}, SecurityGroups: []string{}, Protected: true, Tags: map[string]string{}}}},
		{"agent", "sample", sample(t, "DescribeCloudAssistantStatus"), []any{true, "2.2.4.1100"}},
		{"agent", "not yet", strings.ReplaceAll(sample(t, "DescribeCloudAssistantStatus"), `"true"`, `"false"`), []any{false, "2.2.4.1100"}},
		{"agent", "never heard of", `{"InstanceCloudAssistantStatusSet":{"InstanceCloudAssistantStatus":[]}}`, []any{false, ""}},
		{"invocations", "sample", sample(t, "DescribeInvocations"), []invocation{succeeded}},
		{"invocations", "empty", sample(t, "DescribeInvocations.empty"), []invocation(nil)},
		{"invocation", "failed", sample(t, "DescribeInvocations.failed"), invocation{ID: invokeID, Status: "Failed", Instance: instanceID, InstanceStatus: "Failed",
			ErrorCode: "ExitCodeNonzero", ExitCode: ptr(3), Created: "2026-01-20T08:07:00Z"}},
		{"invocation", "timeout", sample(t, "DescribeInvocations.timeout"), invocation{ID: invokeID, Status: "Failed", Instance: instanceID, InstanceStatus: "Timeout",
			ErrorCode: "ExecutionTimeout", ExitCode: ptr(0), Created: "2026-01-20T08:07:00Z"}},
		{"invocation", "no instance yet, the older field", `{"Invocations":{"Invocation":[{"InvokeId":"` + invokeID + `","InvokeStatus":"Pending"}]}}`, invocation{ID: invokeID, Status: "Pending"}},
		{"result", "sample", sample(t, "DescribeInvocationResults"), result{Status: "Success", ExitCode: ptr(0), Output: []byte("hello\nTue Jan 20 08:07:02 UTC 2026\n"), Finished: "2026-01-20T08:07:03Z"}},
		{"result", "failed", sample(t, "DescribeInvocationResults.failed"), result{Status: "Failed", ErrorCode: "ExitCodeNonzero", ErrorInfo: "synthetic: script exited 3",
			ExitCode: ptr(3), Output: []byte("boom: missing input\n"), Finished: "2026-01-20T08:07:03Z"}},
		{"result", "aborted, no exit code", sample(t, "DescribeInvocationResults.aborted"), result{Status: "Aborted", ErrorCode: "ClientNotRunning", ErrorInfo: "synthetic: agent down",
			Output: []byte{}, Finished: "2026-01-20T08:07:03Z"}},
		{"result", "truncated", sample(t, "DescribeInvocationResults.truncated"), result{Status: "Success", ExitCode: ptr(0),
			Output: []byte(strings.Repeat("x", 200) + "\n"), Dropped: 131072, Finished: "2026-01-20T08:07:03Z"}},
	} {
		t.Run(c.read+"/"+c.about, func(t *testing.T) {
			t.Parallel()
			d := newDesk(c.reply)
			got, err := reads[c.read](d.reader)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if len(d.asked) != 1 {
				t.Errorf("asked %d times: %q", len(d.asked), d.asked)
			}
		})
	}
}

// Exit 0 is not success: an error body, a body of another shape and one that answers another question are errors, and
// no read takes one for "there is none".
func TestReadsRefuse(t *testing.T) {
	t.Parallel()
	everywhere := []struct{ reply, says string }{
		{``, "empty stdout"},
		{`null`, "null"},
		{`[]`, "not an object"},
		{`{}`, unreadable},
		{`{"Code":"Forbidden.RAM","Message":"unmarshal of nothing","RequestId":"R-1"}`, "Forbidden.RAM"},
		{`<html>`, "HTML"},
		{"ERROR: SDK.ServerError\nErrorCode: Throttling.User\nRecommend: \nRequestId: R\nMessage: slow\nRespHeaders: map[]\n", "Throttling.User"},
	}
	for name, read := range reads {
		for _, c := range everywhere {
			t.Run(name+"/"+c.reply, func(t *testing.T) {
				t.Parallel()
				got, err := read(newDesk(c.reply).reader)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%+v, %v; want an error with %q", got, err, c.says)
				}
			})
		}
	}
	for _, c := range []struct{ read, reply, says string }{
		{"regions", `{"Regions":[]}`, "no Regions list"},
		{"regions", `{"Regions":{"Region":[{"LocalName":"nameless"}]}}`, "no RegionId"},
		{"zones", `{"Zones":{"Zone":[{"ZoneId":7}]}}`, "no ZoneId"},
		{"types", `{"InstanceTypes":{"InstanceType":[{"InstanceTypeId":"a","CpuCoreCount":2,"MemorySize":"lots"}]}}`, "no number"},
		{"recommend", `{"Data":{"RecommendInstanceType":[{"InstanceType":{"InstanceType":"a","Cores":1,"Memory":null},"ZoneId":"z"}]}}`, "no number"},
		{"recommend", `{"Data":{"RecommendInstanceType":[{"InstanceType":{"InstanceType":"a","Cores":1,"Memory":1},"Zones":"z"}]}}`, "Zones is no object"},
		{"stock", `{"AvailableZones":"all"}`, "is no object"},
		{"disks", `{"AvailableZones":{"AvailableZone":[{"ZoneId":"cn-hangzhou-k","AvailableResources":{"AvailableResource":[{"SupportedResources":{"SupportedResource":[{"Value":"cloud_essd","Min":20,"Max":2,"Unit":"TiB"}]}}]}}]}}`, "another unit"},
		{"price", sample(t, "DescribePrice.noprice"), "no price"},
		{"price", `{"PriceInfo":{"Price":{"TradePrice":0,"Currency":"CNY"}}}`, unpriced},
		{"price", `{"PriceInfo":{"Price":{"TradePrice":-0.1,"Currency":"CNY"}}}`, unpriced},
		{"price", `{"PriceInfo":{"Price":{"TradePrice":"free","Currency":"CNY"}}}`, "no number"},
		{"price", `{"PriceInfo":{"Price":{"Currency":"CNY"}}}`, "no number"},
		{"price", `{"PriceInfo":{"Price":{"TradePrice":0.49}}}`, "no currency"},
		{"price", `{"PriceInfo":{"Price":{"TradePrice":0.49,"Currency":""}}}`, "no currency"},
		{"vpcs", `{"Vpcs":{"Vpc":[{"VpcId":"vpc-1","CidrBlock":"ten"}]},"TotalCount":1}`, unreadable},
		{"vpcs", `{"Vpcs":{"Vpc":[{"VpcId":"vpc-1"}]},"TotalCount":1}`, "no CidrBlock"},
		{"vswitches", strings.ReplaceAll(sample(t, "DescribeVSwitches"), vpcID, "vpc-other"), "not asked for"},
		{"groups", strings.ReplaceAll(sample(t, "DescribeSecurityGroups"), vpcID, "vpc-other"), "not asked for"},
		{"instances", strings.ReplaceAll(sample(t, "DescribeInstances"), instanceID, "i-other"), `"i-other" is in it, which was not asked for`},
		{"instances", `{"Instances":{"Instance":[{"InstanceId":"` + instanceID + `"}]}}`, "no Status"},
		{"agent", strings.ReplaceAll(sample(t, "DescribeCloudAssistantStatus"), instanceID, "i-other"), "not asked for"},
		{"invocation", strings.ReplaceAll(sample(t, "DescribeInvocations"), invokeID, "t-other"), `"t-other" is in it`},
		{"invocation", strings.ReplaceAll(sample(t, "DescribeInvocations"), instanceID, "i-other"), `"i-other" is in it`},
		{"invocation", sample(t, "DescribeInvocations.empty"), unknownInvocation},
		{"invocation", strings.ReplaceAll(sample(t, "DescribeInvocations"), `"ExitCode": 0`, `"ExitCode": "none"`), unreadable},
		{"result", strings.ReplaceAll(sample(t, "DescribeInvocationResults"), invokeID, "t-other"), "t-other on " + instanceID},
		{"result", strings.ReplaceAll(sample(t, "DescribeInvocationResults"), instanceID, "i-other"), "on i-other"},
		{"result", sample(t, "DescribeInvocationResults.empty"), unknownInvocation},
		{"result", strings.ReplaceAll(sample(t, "DescribeInvocationResults"), "aGVsbG8K", "aGVsbG8*"), "not base64"},
		{"result", strings.ReplaceAll(sample(t, "DescribeInvocationResults.failed"), "Ym9vbTogbWlzc2luZyBpbnB1dAo=", "Ym9vbTogbWlzc2luZyBpbnB1dAp="), "not base64"},
	} {
		t.Run(c.read+"/"+c.says, func(t *testing.T) {
			t.Parallel()
			got, err := reads[c.read](newDesk(c.reply).reader)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v, %v; want an error with %q", got, err, c.says)
			}
		})
	}
}

// Each filter is looked after: an answer with a row that it should have kept out is none, and what is compared here,
// because nobody knows how the service does, is left out.
func TestReadsNotAsked(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct {
		sample string
		read   func(r reader) (rows int, err error)
		left   bool // out of the rows, without an error
	}{
		"types by id": {"DescribeInstanceTypes", func(r reader) (int, error) {
			rows, err := r.types(bg, typeFilter{IDs: []string{"ecs.c7.large"}})
			return len(rows), err
		}, false},
		"stock in a zone": {"DescribeAvailableResource", func(r reader) (int, error) {
			rows, err := r.stock(bg, "ecs.c7.large", "cn-hangzhou-k", "")
			return len(rows), err
		}, false},
		"images of a family": {"DescribeImages", func(r reader) (int, error) {
			rows, err := r.images(bg, "acs:ubuntu_24_04_x64", "")
			return len(rows), err
		}, true},
		"VPCs by id": {"DescribeVpcs", func(r reader) (int, error) {
			rows, err := r.vpcs(bg, "", "vpc-other")
			return len(rows), err
		}, false},
		"VPCs by name": {"DescribeVpcs", func(r reader) (int, error) {
			rows, err := r.vpcs(bg, "acf")
			return len(rows), err
		}, true},
		"a vswitch": {"DescribeVSwitches", func(r reader) (int, error) {
			rows, err := r.vswitches(bg, "", "vsw-other")
			return len(rows), err
		}, false},
		"a security group": {"DescribeSecurityGroups", func(r reader) (int, error) {
			rows, err := r.securityGroups(bg, "", "sg-other")
			return len(rows), err
		}, false},
		"instances by VPC":            {"DescribeInstances", countInstances(instanceFilter{VPC: "vpc-other"}), false},
		"instances by vswitch":        {"DescribeInstances", countInstances(instanceFilter{VSwitch: "vsw-other"}), false},
		"instances by security group": {"DescribeInstances", countInstances(instanceFilter{SecurityGroup: "sg-other"}), false},
		"instances by tag":            {"DescribeInstances", countInstances(instanceFilter{TagKey: "other"}), false},
		"instances by name":           {"DescribeInstances", countInstances(instanceFilter{Name: "acf"}), true},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			rows, err := c.read(newDesk(sample(t, c.sample)).reader)
			if c.left && (err != nil || rows != 0) {
				t.Errorf("%d rows, %v; want none", rows, err)
			}
			if !c.left && (err == nil || !strings.Contains(err.Error(), "not asked for")) {
				t.Errorf("%d rows, %v; want an error", rows, err)
			}
		})
	}
}

func countInstances(f instanceFilter) func(r reader) (int, error) {
	return func(r reader) (int, error) {
		rows, err := r.instances(bg, f)
		return len(rows), err
	}
}

// The denied action is in the message, and everything else of the error stays to be found.
func TestReadsDenied(t *testing.T) {
	t.Parallel()
	_, err := newDesk(stderr(t, "forbidden-ram")).price(bg, nil)
	var known *steps.Error
	if !errors.As(err, &known) || known.Code != "Forbidden.RAM" || !strings.HasSuffix(known.Message, "(the action is ecs:DescribePrice)") {
		t.Errorf("%v", err)
	}
	if runner.ClassOf(err) != runner.Denied || runner.API(err) == nil || known.RequestID != "R-403" {
		t.Errorf("what the CLI said is lost: %v", err)
	}
	if strings.Contains(err.Error(), "AuthPrincipalType") {
		t.Errorf("the message has details of the account: %v", err)
	}
	if _, err := newDesk(stderr(t, "throttling")).regions(bg); runner.ClassOf(err) != runner.Throttled {
		t.Errorf("%v", err)
	}
}

// A call that would list everything is refused before any process starts.
func TestReadsWithoutFilter(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(r reader) error{
		"instances": func(r reader) error { _, err := r.instances(bg, instanceFilter{}); return err },
		"instances, empty id": func(r reader) error {
			_, err := r.instances(bg, instanceFilter{IDs: []string{"i-1", ""}, VPC: "v"})
			return err
		},
		"instances, value alone":  func(r reader) error { _, err := r.instances(bg, instanceFilter{TagValue: "x"}); return err },
		"agent":                   func(r reader) error { _, _, err := r.agent(bg, ""); return err },
		"invocations":             func(r reader) error { _, err := r.invocations(bg, "", ""); return err },
		"invocation, no instance": func(r reader) error { _, err := r.invocation(bg, invokeID, ""); return err },
		"invocation, no id":       func(r reader) error { _, err := r.invocation(bg, "", instanceID); return err },
		"result, no instance":     func(r reader) error { _, err := r.result(bg, invokeID, ""); return err },
		"result, no id":           func(r reader) error { _, err := r.result(bg, "", instanceID); return err },
		"vpcs, empty id":          func(r reader) error { _, err := r.vpcs(bg, "", ""); return err },
		"vswitches":               func(r reader) error { _, err := r.vswitches(bg, ""); return err },
		"vswitches, empty id":     func(r reader) error { _, err := r.vswitches(bg, vpcID, ""); return err },
		"security groups":         func(r reader) error { _, err := r.securityGroups(bg, ""); return err },
		"security groups, id":     func(r reader) error { _, err := r.securityGroups(bg, "", ""); return err },
		"types, empty id":         func(r reader) error { _, err := r.types(bg, typeFilter{IDs: []string{""}}); return err },
		"stock":                   func(r reader) error { _, err := r.stock(bg, "", "z", ""); return err },
		"disks, no type":          func(r reader) error { _, err := r.disks(bg, "", "z"); return err },
		"disks, no zone":          func(r reader) error { _, err := r.disks(bg, "ecs.c7.large", ""); return err },
		"recommend, nothing":      func(r reader) error { _, err := r.recommend(bg, wish{}); return err },
		"recommend, cores alone":  func(r reader) error { _, err := r.recommend(bg, wish{Cores: 2}); return err },
		"recommend, both":         func(r reader) error { _, err := r.recommend(bg, wish{Type: "a", Cores: 2}); return err },
		"recommend, many families": func(r reader) error {
			_, err := r.recommend(bg, wish{Type: "a", Families: make([]string, 11)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			var known *steps.Error
			if err := read(d.reader); !errors.As(err, &known) || known.Exit != steps.ExitUsage || known.Code != unfiltered && known.Code != "Usage" {
				t.Errorf("%v; want it refused", err)
			}
			if len(d.asked) != 0 {
				t.Errorf("asked %q", d.asked)
			}
		})
	}
}

// Lists are read to their end, ids are asked for in as many calls as it takes, and what was not asked for is an error.
func TestReadsPages(t *testing.T) {
	t.Parallel()
	page := func(list, row, id string, ids []string, more string) string {
		rows := make([]string, len(ids))
		for i, v := range ids {
			rows[i] = strings.ReplaceAll(row, "ID", v)
		}
		return `{"` + list + `":{"` + id + `":[` + strings.Join(rows, ",") + `]},` + more + `}`
	}
	const instanceRow = `{"InstanceId":"ID","Status":"Running","VpcAttributes":{"VpcId":"vpc-1"}}`
	const vpcRow = `{"VpcId":"ID","VpcName":"mine","CidrBlock":"10.0.0.0/8"}`

	d := newDesk(page("Instances", instanceRow, "Instance", []string{"i-1", "i-2"}, `"NextToken":"more=="`),
		page("Instances", instanceRow, "Instance", []string{"i-3"}, `"NextToken":""`))
	got, err := d.instances(bg, instanceFilter{VPC: "vpc-1"})
	if err != nil || len(got) != 3 || len(d.asked) != 2 || !strings.HasSuffix(d.asked[1], "--MaxResults=100 --NextToken=more==") {
		t.Errorf("%d instances, %v, asked %q", len(got), err, d.asked)
	}

	// A token that repeats itself is no end.
	d = newDesk(page("Instances", instanceRow, "Instance", []string{"i-1"}, `"NextToken":"same"`), page("Instances", instanceRow, "Instance", []string{"i-1"}, `"NextToken":"same"`))
	var paging *steps.PagingError
	if _, err := d.instances(bg, instanceFilter{VPC: "vpc-1"}); !errors.As(err, &paging) {
		t.Errorf("%v; want a list that is incomplete", err)
	}

	d = newDesk(page("Vpcs", vpcRow, "Vpc", []string{"vpc-1", "vpc-2"}, `"TotalCount":3,"PageNumber":1,"PageSize":2`),
		page("Vpcs", vpcRow, "Vpc", []string{"vpc-3"}, `"TotalCount":3,"PageNumber":2,"PageSize":2`))
	networks, err := d.vpcs(bg, "")
	if err != nil || len(networks) != 3 || !strings.HasSuffix(d.asked[1], "--PageNumber=2 --PageSize=50") {
		t.Errorf("%d VPCs, %v, asked %q", len(networks), err, d.asked)
	}

	// A page that stays away is an error, not an end.
	d = newDesk(page("Vpcs", vpcRow, "Vpc", []string{"vpc-1"}, `"TotalCount":2`), page("Vpcs", vpcRow, "Vpc", nil, `"TotalCount":2`))
	if _, err := d.vpcs(bg, ""); !errors.As(err, &paging) {
		t.Errorf("%v; want a list that is incomplete", err)
	}

	// 101 ids are two calls, and each answer may hold its own ids alone.
	ids := make([]string, 101)
	for i := range ids {
		ids[i] = "i-" + string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	d = newDesk(page("Instances", instanceRow, "Instance", ids[:100], `"NextToken":""`), page("Instances", instanceRow, "Instance", ids[100:], `"NextToken":""`))
	if got, err := d.instances(bg, instanceFilter{IDs: ids}); err != nil || len(got) != 101 {
		t.Errorf("%d instances, %v", len(got), err)
	}

	// Names are compared here, whatever the service takes for equal.
	d = newDesk(page("Vpcs", vpcRow, "Vpc", []string{"vpc-1"}, `"TotalCount":1`))
	if networks, err := d.vpcs(bg, "min"); err != nil || len(networks) != 0 {
		t.Errorf("%v, %v; want none of that name", networks, err)
	}

	// A tag that the service did not filter by.
	tag := instanceFilter{TagKey: "created-by", TagValue: "another"}
	if _, err := newDesk(sample(t, "DescribeInstances")).instances(bg, tag); err == nil {
		t.Error("an instance with another tag was taken")
	}
	tag.TagValue = "synthetic-run-01"
	if got, err := newDesk(sample(t, "DescribeInstances")).instances(bg, tag); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// The limits hold, whatever the service made of them (it ignores what it does not know).
func TestTypeLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about  string
		filter typeFilter
		want   string
	}{
		{"none", typeFilter{}, "ecs.c7.large ecs.gn7i-c8g1.2xlarge ecs.c8y.large"},
		{"cores", typeFilter{MinCores: 3}, "ecs.gn7i-c8g1.2xlarge"},
		{"memory", typeFilter{MaxMemoryGiB: 4}, "ecs.c7.large ecs.c8y.large"},
		{"gpus", typeFilter{MinGPU: 1, MaxGPU: 1}, "ecs.gn7i-c8g1.2xlarge"},
		{"architecture", typeFilter{Architecture: "ARM"}, "ecs.c8y.large"},
		{"family", typeFilter{Family: "ecs.c7"}, "ecs.c7.large"},
		{"two", typeFilter{MaxCores: 2, Architecture: "X86"}, "ecs.c7.large"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			rows, err := newDesk(sample(t, "DescribeInstanceTypes")).types(bg, c.filter)
			ids := make([]string, len(rows))
			for i, row := range rows {
				ids[i] = row.ID
			}
			if got := strings.Join(ids, " "); err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Every filter is in the hands of the tests above: one that is added without a read among them is found here. Those of
// the calls that make something have TestMade.
func TestReadsCoverFilters(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "jq", "ecs", "*.jq"))
	if err != nil || len(files) == 0 {
		t.Fatal("no filters", err)
	}
	under := map[string]string{"security-groups": "groups", "results": "result"}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jq")
		if reads[cmp.Or(under[name], name)] == nil && name != "id" && name != "instance-id" {
			t.Errorf("jq/ecs/%s.jq is read by no test", name)
		}
	}
}

// Whatever a service prints, there are rows or an error, and no row without what it is known by.
func FuzzReads(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "samples", "ecs", "*.json"))
	if err != nil || len(names) == 0 {
		f.Fatal("no samples", err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(`{"Instances":{"Instance":[{"InstanceId":"i","Status":"s","Tags":{"Tag":[{"TagKey":1}]}}]}}`)
	f.Add(`{"PriceInfo":{"Price":{"TradePrice":1e999,"Currency":"CNY"}}}`)
	kinds := make([]string, 0, len(reads))
	for kind := range reads {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	f.Fuzz(func(t *testing.T, reply string) {
		for _, kind := range kinds {
			d := newDesk(reply, reply)
			rows, err := reads[kind](d.reader)
			if err != nil {
				continue
			}
			if q, ok := rows.(quote); ok {
				if n, err := q.Trade.Float64(); err != nil || n <= 0 || q.Currency == "" {
					t.Errorf("%s: a price of %q %q", kind, q.Currency, q.Trade)
				}
			}
			// Programs get rows as JSON: it must be possible to write them.
			if _, err := json.Marshal(rows); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	})
}
