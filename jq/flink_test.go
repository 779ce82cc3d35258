package jq

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// The targets of the filters of jq/flink, and their cases.

type flinkRow[T any] struct {
	View    T        `json:"view"`
	Secrets []string `json:"secrets"`
	Raw     any      `json:"raw"`
}

type flinkSpec struct {
	Cpu      int
	MemoryGB int
}

type flinkTag struct{ Key, Value string }

type flinkInstance struct {
	InstanceId, InstanceName, Region, ZoneId, ChargeType, OrderState, ClusterStatus, Stage string
	ResourceSpec                                                                           *flinkSpec
	Elastic                                                                                bool
	ElasticResourceSpec                                                                    *flinkSpec
	VpcId                                                                                  string
	VSwitchIds                                                                             []string
	FullyManaged, DeletionProtection                                                       bool
	ResourceExpiredTime                                                                    int
	Tags                                                                                   []flinkTag
}

type flinkNamespace struct {
	Namespace, Status                                         string
	Ha                                                        *bool
	ResourceSpec, ElasticResourceSpec, GuaranteedResourceSpec *flinkSpec
	ResourceUsed                                              *struct{ Cpu, MemoryGB, Cu float64 }
}

type flinkTagged struct{ ResourceId, TagKey, TagValue string }

type flinkTags struct {
	Next  *string                 `json:"next"`
	Count *int                    `json:"count"`
	Rows  []flinkRow[flinkTagged] `json:"rows"`
}

type flinkOrder struct {
	Instance string `json:"instance"`
	Order    string `json:"order"`
}

type flinkPrice struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	Currency string `json:"currency"`
	Original any    `json:"original_amount"`
	Trade    any    `json:"trade_amount"`
}

func init() {
	filters["flink/instances"] = filterOf[page[flinkRow[flinkInstance]]]("flink/instances")
	filters["flink/namespaces"] = filterOf[page[flinkRow[flinkNamespace]]]("flink/namespaces")
	filters["flink/tags"] = filterOf[flinkTags]("flink/tags")
	filters["flink/regions"] = filterOf[page[flinkRow[struct{ Region, RegionName string }]]]("flink/regions")
	filters["flink/zones"] = filterOf[page[flinkRow[struct{ ZoneId string }]]]("flink/zones")
	filters["flink/order"] = filterOf[flinkOrder]("flink/order")
	filters["flink/price"] = filterOf[flinkPrice]("flink/price")

	for name, c := range map[string]struct {
		reason string
		inputs []string
	}{
		"flink/instances": {"the reply has no Instances list", []string{
			`{"Instances":null}`, `{"Instances":{}}`, `{"Instances":"a"}`, `{"TotalCount":0}`, `{"Instances":["a"]}`, `{"Instances":[7]}`, `{"Instances":[],"TotalCount":"0"}`,
			`{"Instances":[{"InstanceId":"a","InstanceName":7}]}`, `{"Instances":[{"InstanceId":"a","VSwitchIds":"v"}]}`, `{"Instances":[{"InstanceId":"a","ResourceExpiredTime":"x"}]}`,
			`{"Instances":[{"InstanceId":"a","ResourceSpec":{"Cpu":1.5}}]}`,
		}},
		"flink/namespaces": {"the reply has no Namespaces list", []string{
			`{"Namespaces":null}`, `{"Namespaces":{}}`, `{"Namespaces":"a"}`, `{"TotalCount":0}`, `{"Namespaces":["a"]}`, `{"Namespaces":[],"PageSize":1.5}`,
			`{"Namespaces":[{"Namespace":"a","Status":7}]}`, `{"Namespaces":[{"Namespace":"a","ResourceSpec":{"Cpu":1,"MemoryGB":"4"}}]}`,
		}},
		"flink/tags": {"the reply has no TagResources list", []string{
			`{"TagResources":null}`, `{"TagResources":{}}`, `{"NextToken":""}`, `{"TagResources":["a"]}`, `{"TagResources":[],"NextToken":7}`, `{"TagResources":[{"ResourceId":"a","TagKey":"b","TagValue":7}]}`,
		}},
		"flink/regions": {"the reply has no Regions list", []string{`{"Regions":null}`, `{"Regions":{}}`, `{"Regions":["a"]}`, `{"Regions":[{"Region":"a","RegionName":7}]}`}},
		"flink/zones":   {"the reply has no ZoneIds list", []string{`{"ZoneIds":null}`, `{"ZoneIds":{}}`, `{"ZoneIds":"a"}`, `{"ZoneIds":[],"TotalCount":{}}`}},
		"flink/order":   {"the reply does not say whether the call succeeded", []string{`{"RequestId":"a"}`, `{"Success":"true"}`, `{"Success":null}`, `{"Success":true,"OrderInfo":{"InstanceId":7}}`}},
		"flink/price":   {"the reply has no PriceInfo", []string{`{"PriceInfo":null}`, `{"PriceInfo":[]}`, `{"Success":true}`, `{"PriceInfo":{"Code":7}}`, `{"PriceInfo":{"Currency":[]}}`}},
	} {
		rejections[name] = c
	}
}

func flinkSample(t *testing.T, name string) any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../fixtures/samples/flink", name))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(raw))
}

func TestFlinkSamples(t *testing.T) {
	t.Parallel()
	all := into[page[flinkRow[flinkInstance]]](t, "flink/instances", flinkSample(t, "DescribeInstances.json"))
	same(t, all.Rows[2].View, flinkInstance{
		InstanceId: "f-cn-syn000a003", InstanceName: "demo-hybrid", Region: "cn-hangzhou", ZoneId: "cn-hangzhou-g", ChargeType: "PRE", OrderState: "NORMAL",
		ClusterStatus: "RUNNING", Stage: "SUCCESS", ResourceSpec: &flinkSpec{20, 80}, Elastic: true, ElasticResourceSpec: &flinkSpec{10, 40},
		VpcId: "vpc-synth00000000000000a1", VSwitchIds: []string{"vsw-synth00000000000000b1"}, FullyManaged: true, ResourceExpiredTime: 1797984000000, Tags: []flinkTag{},
	})
	same(t, all.Rows[0].View.Tags, []flinkTag{{"env", "prod"}, {"team", "data"}})
	same(t, *all.Total, 4)
	namespaces := into[page[flinkRow[flinkNamespace]]](t, "flink/namespaces", flinkSample(t, "DescribeNamespaces.json"))
	if used := namespaces.Rows[1].View.ResourceUsed; used == nil || used.Cpu != 1.5 || namespaces.Rows[2].View.ResourceUsed != nil {
		t.Errorf("got %s", show(namespaces))
	}
	same(t, into[flinkOrder](t, "flink/order", flinkSample(t, "CreateInstance.json")), flinkOrder{"f-cn-syn000a004", "210000000000004"})
	same(t, into[flinkOrder](t, "flink/order", flinkSample(t, "DeleteInstance.json")), flinkOrder{})
	same(t, into[flinkPrice](t, "flink/price", flinkSample(t, "QueryModifyInstancePrice.blocked.json")).Code, "ORDER.INST_HAS_UNPAID_ORDER")
	same(t, into[flinkPrice](t, "flink/price", flinkSample(t, "QueryCreateInstancePrice.json")).Trade, json.Number("1080.0"))
	same(t, *into[flinkTags](t, "flink/tags", flinkSample(t, "ListTagResources.page1of2.json")).Next, "REDACTED01")
}

// Storage of one's own comes with keys: they are told apart, and the row has them no more.
func TestFlinkSecrets(t *testing.T) {
	t.Parallel()
	got := into[page[flinkRow[flinkInstance]]](t, "flink/instances", decode(t, `{"Instances":[{"InstanceId":"a","OssInfo":{"AccessId":"one","AccessKey":"two","Bucket":"b"}}]}`))
	same(t, got.Rows[0].Secrets, []string{"one", "two"})
	same(t, show(got.Rows[0].Raw), `{"InstanceId":"a","OssInfo":{"AccessId":"REDACTED","AccessKey":"REDACTED","Bucket":"b"}}`)
}
