package order

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFamilyOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ words, architecture, want string }{
		{"", "", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{" ", "X86", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"", "ARM", "acs:alibaba_cloud_linux_3_2104_lts_arm64"},
		{"alinux3", "X86", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"alinux 3", "arm64", "acs:alibaba_cloud_linux_3_2104_lts_arm64"},
		{"alinux", "", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"aliyun linux 3", "", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"Alibaba Cloud Linux 3 LTS 64-bit", "x86_64", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"Alibaba Cloud Linux 3.2104", "", "acs:alibaba_cloud_linux_3_2104_lts_x64"},
		{"ubuntu", "", "acs:ubuntu_24_04_x64"},
		{"ubuntu 24.04", "X86", "acs:ubuntu_24_04_x64"},
		{"Ubuntu24.04", "ARM", "acs:ubuntu_24_04_arm64"},
		{"ubuntu_24.04", "aarch64", "acs:ubuntu_24_04_arm64"},
		{"ubuntu-22.04", "", "acs:ubuntu_22_04_x64"},
		{"ubuntu 20", "ARM", "acs:ubuntu_20_04_arm64"},
		{"Ubuntu 20.04 LTS 64-bit", "", "acs:ubuntu_20_04_x64"},
		{"debian", "", "acs:debian_12_11_x64"},
		{"debian 12", "", "acs:debian_12_x64"},
		{"Debian 12 64-bit", "X86", "acs:debian_12_x64"},
		{"debian 12", "ARM", "acs:debian_12_11_arm64"},
		{"debian 12.11", "", "acs:debian_12_11_x64"},
		{"anolis 8", "", "acs:anolis_8_10_anck_x64"},
		{"Anolis OS 8.10 ANCK 64-bit", "ARM", "acs:anolis_8_10_anck_arm64"},
		{"centos7", "", "acs:centos_7_9_x64"},
		{"CentOS 7.9 64-bit", "ARM", "acs:centos_7_9_arm64"},
		{"acs:ubuntu_24_04_x64", "X86", "acs:ubuntu_24_04_x64"},
		{"acs:ubuntu_24_04_arm64", "ARM", "acs:ubuntu_24_04_arm64"},
		{"acs:rocky_linux_9_6_x64", "", "acs:rocky_linux_9_6_x64"}, // not in the table, and still a family
		{"acs:alibaba_cloud_linux_3_2104_lts_x64_dengbao2.0", "", "acs:alibaba_cloud_linux_3_2104_lts_x64_dengbao2.0"},
		{"acs:x", "ARM", "acs:x"}, // its architecture is not in its name: the service knows
	} {
		got, err := FamilyOf(c.words, c.architecture)
		if err != nil || got != c.want {
			t.Errorf("%q, %q: got %q, %v; want %q", c.words, c.architecture, got, err, c.want)
		}
	}
}

func TestFamilyMiss(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		words, architecture string
		known, nearest      string // nearest is the first
	}{
		{"ubunto 24.04", "", "", "Ubuntu 24.04"},
		{"ubunto 20.04", "", "", "Ubuntu 20.04"},
		{"ubuntu 22.4", "", "", "Ubuntu 22.04"},
		{"ubuntu 2", "", "", "Ubuntu 24.04"}, // no version begins with 2.
		{"ubuntu 18.04", "", "", "Ubuntu 24.04"},
		{"debain 12", "", "", "Debian 12"},
		{"centos 8", "", "", "CentOS 7.9"},
		{"windows", "", "", "Debian 12"},
		{"ubuntu 24.04 server edition", "", "", "Ubuntu 24.04"},
		{"lts", "", "", "Debian 12"},
		{"ubuntu 22.04", "ARM", "Ubuntu 22.04", "Ubuntu 24.04"},
		{"acs:ubuntu_22_04_x64", "ARM", "Ubuntu 22.04", ""},
		{"acs:ubuntu_24_04_x64", "ARM", "Ubuntu 24.04", "acs:ubuntu_24_04_arm64"},
		{"acs:ubuntu_24_04_arm64", "", "Ubuntu 24.04", "acs:ubuntu_24_04_x64"},
		{"acs:debian_12_4_x64_uefi", "ARM", "acs:debian_12_4_x64_uefi", ""},
		{"acs:", "", "", "Debian 12"},
		{"acs:Ubuntu", "", "", "Ubuntu 24.04"},
		{"acs:a b", "", "", "Debian 12"},
	} {
		got, err := FamilyOf(c.words, c.architecture)
		var miss *UnknownFamily
		if got != "" || !errors.As(err, &miss) {
			t.Errorf("%q, %q: got %q, %v", c.words, c.architecture, got, err)
			continue
		}
		if miss.Words != c.words || miss.Known != c.known || first(miss.Nearest) != c.nearest || len(miss.Nearest) > 3 {
			t.Errorf("%q, %q: got %+v, want %q, %q", c.words, c.architecture, miss, c.known, c.nearest)
		}
		if text := miss.Error(); !strings.Contains(text, c.nearest) || c.known == "" && !strings.Contains(text, "no image family is called") {
			t.Errorf("%q: got %q", c.words, text)
		}
	}
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	defaults := 0
	for _, f := range Families() {
		if f.Default {
			defaults++
		}
		if f.X86 == "" || !strings.HasSuffix(f.X86, "_x64") || f.ARM != "" && f.ARM != strings.TrimSuffix(f.X86, "_x64")+"_arm64" {
			t.Errorf("got %+v", f)
		}
		// Whoever reads a name in a list can write it.
		if got, err := FamilyOf(f.Name, "X86"); err != nil || got != f.X86 {
			t.Errorf("%s: got %q, %v", f.Name, got, err)
		}
		if f.ARM != "" {
			if got, err := FamilyOf(f.Name, "ARM"); err != nil || got != f.ARM {
				t.Errorf("%s: got %q, %v", f.Name, got, err)
			}
		}
		if FamilyName(f.X86) != f.Name || f.ARM != "" && FamilyName(f.ARM) != f.Name {
			t.Errorf("%s: got %q, %q", f.Name, FamilyName(f.X86), FamilyName(f.ARM))
		}
	}
	if defaults != 1 {
		t.Errorf("got %d defaults", defaults)
	}
	Families()[0].Name = "changed"
	if Families()[0].Name == "changed" {
		t.Error("the table can be changed from outside")
	}
	if got := FamilyName(""); got != "" {
		t.Errorf("got %q", got)
	}
}

func FuzzFamilyOf(f *testing.F) {
	for _, s := range []string{"", "ubuntu 24.04", "acs:x", "\xff1", "ubuntu 1 2 3", "\u216b12", "-_-"} {
		f.Add(s, "X86")
		f.Add(s, "ARM")
	}
	f.Fuzz(func(t *testing.T, words, architecture string) {
		got, err := FamilyOf(words, architecture)
		if (got == "") != (err != nil) {
			t.Fatalf("got %q, %v", got, err)
		}
		// A family goes to a flag of a call: nothing but the letters of families.
		if err == nil && !isFamily(got) {
			t.Fatalf("got %q", got)
		}
	})
}

func TestMainland(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]bool{
		"cn-hangzhou": true, "cn-beijing": true, "cn-shenzhen-finance-1": true, "cn-hongkong": false, "cn-hongkong-finance": false,
		"ap-southeast-1": false, "us-west-1": false, "": false, "cn": false,
	} {
		if got := Mainland(region); got != want {
			t.Errorf("%s: got %t", region, got)
		}
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given []string
		needs bool
		want  string
	}{
		{nil, false, "cn-hangzhou cn-shanghai cn-beijing"},
		{[]string{""}, false, "cn-hangzhou cn-shanghai cn-beijing"},
		{[]string{"cn-shenzhen"}, true, "cn-shenzhen"},
		{[]string{"us-east-1", "", "cn-beijing", "us-east-1"}, false, "us-east-1 cn-beijing"},
		{nil, true, "ap-southeast-1 cn-hongkong ap-northeast-1 us-west-1 eu-central-1"},
	} {
		if got := strings.Join(Regions(c.given, c.needs), " "); got != c.want {
			t.Errorf("%q, %t: got %s, want %s", c.given, c.needs, got, c.want)
		}
	}
	if slices.ContainsFunc(Regions(nil, true), Mainland) {
		t.Error("a region for dependencies is on the mainland")
	}
	Regions(nil, true)[0] = "changed"
	if Regions(nil, true)[0] == "changed" {
		t.Error("the list can be changed from outside")
	}
}
