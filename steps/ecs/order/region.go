package order

import (
	"slices"
	"strings"
)

// Where a script without foreign dependencies runs, and where one with some: the nearest to the world first (seed,
// region selection). The lists are short: each region costs a search, and a price of its own.
var (
	mainland = []string{"cn-hangzhou", "cn-shanghai", "cn-beijing"}
	overseas = []string{"ap-southeast-1", "cn-hongkong", "ap-northeast-1", "us-west-1", "eu-central-1"}
)

// Mainland reports whether a region is in mainland China, from where much of the world is hard to reach. Hong Kong is
// not.
func Mainland(region string) bool {
	return strings.HasPrefix(region, "cn-") && region != "cn-hongkong" && !strings.HasPrefix(region, "cn-hongkong-")
}

// Regions are the regions to try, in their order. Those given win; a script that needs something from overseas goes
// there, Singapore first (seed, region selection).
func Regions(given []string, needs bool) []string {
	var all []string
	for _, region := range given {
		if region != "" && !slices.Contains(all, region) {
			all = append(all, region)
		}
	}
	switch {
	case len(all) > 0:
		return all
	case needs:
		return slices.Clone(overseas)
	}
	return slices.Clone(mainland)
}
