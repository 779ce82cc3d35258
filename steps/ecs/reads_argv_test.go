package ecs

import (
	"strings"
	"testing"
)

// callsOf are reads and the argv of their first process: those of ecs-facts 2, values glued to their names, pages as
// large as they get, and --retry-count 0. Each was accepted by the real CLI, release line 3.4.11, with --dryrun.
var callsOf = []struct {
	about string
	read  func(r reader)
	argv  string
}{
	{"regions", func(r reader) { _, _ = r.regions(bg) },
		`ecs DescribeRegions --region cn-hangzhou --RegionId=cn-hangzhou --AcceptLanguage=en-US`},
	{"zones", func(r reader) { _, _ = r.zones(bg) },
		`ecs DescribeZones --region cn-hangzhou --RegionId=cn-hangzhou --Verbose=false --AcceptLanguage=en-US`},
	{"families", func(r reader) { _, _ = r.families(bg, "ecs-6") },
		`ecs DescribeInstanceTypeFamilies --region cn-hangzhou --RegionId=cn-hangzhou --Generation=ecs-6`},
	{"families of all generations", func(r reader) { _, _ = r.families(bg, "") },
		`ecs DescribeInstanceTypeFamilies --region cn-hangzhou --RegionId=cn-hangzhou`},
	{"types by id", func(r reader) { _, _ = r.types(bg, typeFilter{IDs: []string{"ecs.c7.large", "ecs.g7.xlarge"}}) },
		`ecs DescribeInstanceTypes --region cn-hangzhou --RegionId=cn-hangzhou --InstanceTypes.1=ecs.c7.large --InstanceTypes.2=ecs.g7.xlarge @ --MaxResults=1600`},
	{"types by limits", func(r reader) {
		_, _ = r.types(bg, typeFilter{Family: "ecs.g7", MinCores: 8, MaxCores: 32, MinMemoryGiB: 16, MaxMemoryGiB: 64, MinGPU: 1, MaxGPU: 1, Architecture: "X86"})
	}, `ecs DescribeInstanceTypes --region cn-hangzhou --RegionId=cn-hangzhou --InstanceTypeFamily=ecs.g7 --MinimumCpuCoreCount=8 --MaximumCpuCoreCount=32 --MinimumMemorySize=16 --MaximumMemorySize=64 --MinimumGPUAmount=1 --MaximumGPUAmount=1 --CpuArchitecture=X86 @ --MaxResults=1600`},
	{"recommend by size", func(r reader) {
		_, _ = r.recommend(bg, wish{Cores: 2, MemoryGiB: 4, Strategy: "InventoryFirst", DiskCategory: "cloud_essd", Families: []string{"ecs.g7", "ecs.c7"}})
	}, `ecs DescribeRecommendInstanceType --region cn-hangzhou --RegionId=cn-hangzhou --NetworkType=vpc --Cores=2 --Memory=4 --InstanceChargeType=PostPaid --SpotStrategy=NoSpot --PriorityStrategy=InventoryFirst --Scene=CREATE --SystemDiskCategory=cloud_essd --InstanceTypeFamily.1=ecs.g7 --InstanceTypeFamily.2=ecs.c7`},
	{"recommend like a type, in a zone", func(r reader) {
		_, _ = r.recommend(bg, wish{Type: "ecs.c7.large", Zone: "cn-hangzhou-k", Level: "EnterpriseLevel"})
	}, `ecs DescribeRecommendInstanceType --region cn-hangzhou --RegionId=cn-hangzhou --NetworkType=vpc --InstanceType=ecs.c7.large --InstanceChargeType=PostPaid --SpotStrategy=NoSpot --Scene=CREATE --InstanceFamilyLevel=EnterpriseLevel --ZoneId=cn-hangzhou-k --ZoneMatchMode=Strict`},
	{"recommend with half a GiB", func(r reader) { _, _ = r.recommend(bg, wish{Cores: 1, MemoryGiB: 0.5}) },
		`ecs DescribeRecommendInstanceType --region cn-hangzhou --RegionId=cn-hangzhou --NetworkType=vpc --Cores=1 --Memory=0.5 --InstanceChargeType=PostPaid --SpotStrategy=NoSpot --Scene=CREATE`},
	{"stock", func(r reader) { _, _ = r.stock(bg, "ecs.c7.large", "", "cloud_essd") },
		`ecs DescribeAvailableResource --region cn-hangzhou --RegionId=cn-hangzhou --DestinationResource=InstanceType --ResourceType=instance --InstanceChargeType=PostPaid --IoOptimized=optimized --InstanceType=ecs.c7.large --SystemDiskCategory=cloud_essd`},
	{"stock in a zone", func(r reader) { _, _ = r.stock(bg, "ecs.c7.large", "cn-hangzhou-k", "") },
		`ecs DescribeAvailableResource --region cn-hangzhou --RegionId=cn-hangzhou --DestinationResource=InstanceType --ResourceType=instance --InstanceChargeType=PostPaid --IoOptimized=optimized --InstanceType=ecs.c7.large --ZoneId=cn-hangzhou-k`},
	{"disks", func(r reader) { _, _ = r.disks(bg, "ecs.c7.large", "cn-hangzhou-k") },
		`ecs DescribeAvailableResource --region cn-hangzhou --RegionId=cn-hangzhou --DestinationResource=SystemDisk --InstanceType=ecs.c7.large --ZoneId=cn-hangzhou-k --InstanceChargeType=PostPaid`},
	{"price", func(r reader) {
		_, _ = r.price(bg, pricePairs(map[string][]string{"type": {"ecs.c7.large"}, "zone": {"cn-hangzhou-k"}, "period-unit": {"Hour"}, "period": {"1"},
			"disk-category": {"cloud_essd"}, "disk-size": {"40"}, "bandwidth": {"5"}}, "aliyun_3_x64_20G_alibase_20260115.vhd"))
	}, `ecs DescribePrice --region cn-hangzhou --RegionId=cn-hangzhou --ResourceType=instance --InstanceType=ecs.c7.large --ZoneId=cn-hangzhou-k --ImageId=aliyun_3_x64_20G_alibase_20260115.vhd --InstanceNetworkType=vpc --IoOptimized=optimized --PriceUnit=Hour --Period=1 --Amount=1 --SystemDisk.Category=cloud_essd --SystemDisk.Size=40 --SystemDisk.PerformanceLevel=PL1 --InternetChargeType=PayByTraffic --InternetMaxBandwidthOut=5`},
	{"images", func(r reader) { _, _ = r.images(bg, defaultImageFamily, "ecs.c7.large") },
		`ecs DescribeImages --region cn-hangzhou --RegionId=cn-hangzhou --ImageOwnerAlias=system --Status=Available --ImageFamily=acs:alibaba_cloud_linux_3_2104_lts_x64 --InstanceType=ecs.c7.large @ --PageNumber=1 --PageSize=100`},
	{"VPCs by name", func(r reader) { _, _ = r.vpcs(bg, "acf-vpc") },
		`vpc DescribeVpcs --region cn-hangzhou --RegionId=cn-hangzhou --VpcName=acf-vpc @ --PageNumber=1 --PageSize=50`},
	{"VPCs by id", func(r reader) { _, _ = r.vpcs(bg, "", "vpc-1", "vpc-2") },
		`vpc DescribeVpcs --region cn-hangzhou --RegionId=cn-hangzhou --VpcId=vpc-1,vpc-2 @ --PageNumber=1 --PageSize=50`},
	{"vswitches", func(r reader) { _, _ = r.vswitches(bg, "vpc-1") },
		`vpc DescribeVSwitches --region cn-hangzhou --RegionId=cn-hangzhou --VpcId=vpc-1 @ --PageNumber=1 --PageSize=50`},
	{"a vswitch", func(r reader) { _, _ = r.vswitches(bg, "", "vsw-1") },
		`vpc DescribeVSwitches --region cn-hangzhou --RegionId=cn-hangzhou --VSwitchId=vsw-1 @ --PageNumber=1 --PageSize=50`},
	{"security groups", func(r reader) { _, _ = r.securityGroups(bg, "vpc-1", "sg-1") },
		`ecs DescribeSecurityGroups --region cn-hangzhou --RegionId=cn-hangzhou --VpcId=vpc-1 --SecurityGroupId=sg-1 @ --MaxResults=100`},
	{"instances by id", func(r reader) { _, _ = r.instances(bg, instanceFilter{IDs: []string{"i-1", "i-2"}}) },
		`ecs DescribeInstances --region cn-hangzhou --RegionId=cn-hangzhou '--InstanceIds=["i-1","i-2"]' @ --MaxResults=100`},
	{"instances by tag", func(r reader) { _, _ = r.instances(bg, instanceFilter{TagKey: "acf-run", TagValue: "r-01"}) },
		`ecs DescribeInstances --region cn-hangzhou --RegionId=cn-hangzhou --Tag.1.Key=acf-run --Tag.1.Value=r-01 @ --MaxResults=100`},
	{"instances by network", func(r reader) {
		_, _ = r.instances(bg, instanceFilter{VPC: "vpc-1", VSwitch: "vsw-1", SecurityGroup: "sg-1", Name: "-a b"})
	}, `ecs DescribeInstances --region cn-hangzhou --RegionId=cn-hangzhou --VpcId=vpc-1 --VSwitchId=vsw-1 --SecurityGroupId=sg-1 '--InstanceName=-a b' @ --MaxResults=100`},
	{"agent", func(r reader) { _, _, _ = r.agent(bg, "i-1") },
		`ecs DescribeCloudAssistantStatus --region cn-hangzhou --RegionId=cn-hangzhou --InstanceId.1=i-1`},
	{"invocation", func(r reader) { _, _ = r.invocation(bg, "t-1", "i-1") },
		`ecs DescribeInvocations --region cn-hangzhou --RegionId=cn-hangzhou --InvokeId=t-1 --InstanceId=i-1 @ --MaxResults=50`},
	{"invocations of an instance", func(r reader) { _, _ = r.invocations(bg, "", "i-1") },
		`ecs DescribeInvocations --region cn-hangzhou --RegionId=cn-hangzhou --InstanceId=i-1 @ --MaxResults=50`},
	{"result", func(r reader) { _, _ = r.result(bg, "t-1", "i-1") },
		`ecs DescribeInvocationResults --region cn-hangzhou --RegionId=cn-hangzhou --InvokeId=t-1 --InstanceId=i-1 --ContentEncoding=Base64 @ --MaxResults=50`},
}

func TestReadsArgv(t *testing.T) {
	t.Parallel()
	for _, c := range callsOf {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			// What ends every read stands where the @ is, else at the end; a page is asked for behind it.
			want := c.argv + " --retry-count 0"
			if first, page, paged := strings.Cut(c.argv, " @ "); paged {
				want = first + " --retry-count 0 " + page
			}
			d := newDesk()
			c.read(d.reader)
			if len(d.asked) != 1 || d.asked[0] != want {
				t.Errorf("asked %q\nwant  %q", d.asked, want)
			}
			d = newDesk()
			d.profile = "ops"
			c.read(d.reader)
			if len(d.asked) != 1 || d.asked[0] != strings.Replace(want, "--retry-count 0", "--retry-count 0 --profile ops", 1) {
				t.Errorf("with a profile: asked %q", d.asked)
			}
		})
	}
}
