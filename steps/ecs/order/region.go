package order

// Mainland reports whether a region is in mainland China, from where much of the world is hard to reach. Hong Kong is
// not.
func Mainland(region string) bool { return false }

// Regions are the regions to try, in their order. Those given win; a script that needs something from overseas goes
// there, Singapore first (seed, region selection).
func Regions(given []string, needs bool) []string { return nil }
