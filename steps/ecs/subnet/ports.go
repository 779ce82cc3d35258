package subnet

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// port is a port and what listens there.
type port struct {
	number int
	name   string
}

// guarded are the ports that are not for everybody: whoever reaches one of them manages the machine or reads its data,
// often without a password (ecs-facts 5.16). Ports of applications, 8080 among them, are not here: the world is whom
// they are for.
var guarded = []port{
	{21, "FTP"},
	{22, "SSH"},
	{23, "Telnet"},
	{111, "RPC"},
	{135, "Windows RPC"},
	{139, "NetBIOS"},
	{445, "SMB"},
	{873, "rsync"},
	{1433, "SQL Server"},
	{1521, "Oracle"},
	{2049, "NFS"},
	{2181, "ZooKeeper"},
	{2375, "Docker"},
	{2376, "Docker with TLS"},
	{2379, "etcd"},
	{2380, "etcd peers"},
	{3306, "MySQL"},
	{3389, "RDP"},
	{5432, "PostgreSQL"},
	{5900, "VNC"},
	{5984, "CouchDB"},
	{5985, "WinRM"},
	{5986, "WinRM with TLS"},
	{6379, "Redis"},
	{6443, "Kubernetes"},
	{8088, "YARN"},
	{9042, "Cassandra"},
	{9092, "Kafka"},
	{9200, "Elasticsearch"},
	{9300, "Elasticsearch nodes"},
	{10250, "kubelet"},
	{11211, "Memcached"},
	{15672, "RabbitMQ"},
	{27017, "MongoDB"},
	{50070, "HDFS"},
}

// open are the ports that are for everybody: the ones whose rule needs no source.
var open = []int{80, 443}

// closed are the guarded ports that r contains and nobody allowed.
func (r Rule) closed(allowed []int) []port {
	return slices.DeleteFunc(slices.Clone(guarded), func(p port) bool {
		return !r.contains(p.number) || slices.Contains(allowed, p.number)
	})
}

// contains reports whether r lets somebody in to the TCP or UDP port n.
func (r Rule) contains(n int) bool {
	switch r.Protocol {
	case "all":
		return true
	case "icmp":
		return false
	}
	return r.First <= n && n <= r.Last
}

// most is how many ports a sentence tells.
const most = 3

// named are ports with what listens there, the first few of them.
func named(ports []port) string {
	var names []string
	for _, p := range ports[:min(most, len(ports))] {
		names = append(names, fmt.Sprintf("%d (%s)", p.number, p.name))
	}
	text := strings.Join(names, ", ")
	if rest := len(ports) - most; rest > 0 {
		text += " and " + strconv.Itoa(rest) + " more"
	}
	return text
}

// allowing says how to let the world in to ports.
func allowing(ports []port) string {
	if len(ports) > most {
		return "fewer ports"
	}
	var all []string
	for _, p := range ports {
		all = append(all, strconv.Itoa(p.number))
	}
	return "say --allow-world " + strings.Join(all, ",")
}
