package script

import (
	"slices"
	"strings"
)

// overseas are domains that are slow or out of reach from mainland China.
var overseas = []string{
	"github.com", "githubusercontent.com", "github.io", "githubassets.com", "ghcr.io", "gitlab.com", "bitbucket.org", "sourceforge.net",
	"pypi.org", "python.org", "pythonhosted.org", "anaconda.com", "anaconda.org", "astral.sh",
	"npmjs.org", "npmjs.com", "yarnpkg.com", "nodejs.org", "nodesource.com", "jsdelivr.net", "unpkg.com", "deno.land", "bun.sh",
	"docker.com", "docker.io", "gcr.io", "k8s.io", "quay.io", "helm.sh",
	"golang.org", "go.dev", "googleapis.com", "google.com", "gstatic.com",
	"rust-lang.org", "rustup.rs", "crates.io", "rubygems.org", "ruby-lang.org", "maven.org", "gradle.org", "packagist.org", "getcomposer.org",
	"debian.org", "ubuntu.com", "centos.org", "fedoraproject.org", "launchpad.net", "alpinelinux.org", "opensuse.org",
	"huggingface.co", "hf.co", "pytorch.org", "openai.com", "ollama.com", "amazonaws.com", "hashicorp.com", "kernel.org", "apache.org",
}

// mainland are domains of mirrors in mainland China, besides all that end in .cn.
var mainland = []string{
	"cn", "aliyun.com", "aliyuncs.com", "alicdn.com", "huaweicloud.com", "myhuaweicloud.com", "tencent.com", "tencentyun.com", "163.com", "126.net", "sohu.com",
	"npmmirror.com", "taobao.org", "goproxy.io", "ruby-china.com", "daocloud.io", "gitee.com", "gitcode.com", "douban.com", "hf-mirror.com", "volces.com",
}

// abroad are the regions that are not in mainland China, as they stand in addresses of Alibaba Cloud's.
var abroad = []string{"-ap-", "-us-", "-eu-", "-me-", "-na-", "-cn-hongkong-"}

// inside reports whether host is one of the domains or below one.
func inside(domains []string, host string) bool {
	return slices.ContainsFunc(domains, func(d string) bool {
		above, found := strings.CutSuffix(host, d)
		return found && (above == "" || strings.HasSuffix(above, "."))
	})
}

// isOverseas reports whether text names a host overseas.
func isOverseas(text string) bool {
	return slices.ContainsFunc(hosts(text), func(h string) bool { return inside(overseas, h) })
}

// isMainland reports whether text names a mirror in mainland China.
func isMainland(text string) bool {
	return slices.ContainsFunc(hosts(text), func(h string) bool {
		labels := "-" + strings.ReplaceAll(h, ".", "-") + "-"
		return inside(mainland, h) && !slices.ContainsFunc(abroad, func(region string) bool { return strings.Contains(labels, region) })
	})
}

// hosts are the names in text that look like those of hosts: letters with a dot between them, in lower case.
func hosts(text string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(strings.ToLower(text), outsideHost) {
		part = strings.Trim(part, ".-")
		if strings.Contains(part, ".") {
			all = append(all, part)
		}
	}
	return all
}

func outsideHost(c rune) bool {
	return c != '.' && c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
}
