package service

// Scope is what a rule needs to be checked.
type Scope uint8

// The scopes.
const (
	// ByFile rules are about the file alone.
	ByFile Scope = iota
	// ByRun rules compare the file with what a run knows: its name, region and lists.
	ByRun
	// ByCloud rules need a question to the service; the steps of a deployment ask it.
	ByCloud
	// ByProcedure rules are about what is done with the file; the steps keep them.
	ByProcedure
)

func (s Scope) String() string { return [...]string{"file", "run", "cloud", "procedure"}[s] }

// MarshalText makes the word of it.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Rule is one rule of service.json, under its number in eas-facts section C.
type Rule struct {
	ID string `json:"id"`
	// Severity is that of its findings; parts of it may be less, or more.
	Severity Severity `json:"severity"`
	// Scope says what it takes to check it.
	Scope   Scope  `json:"scope"`
	Summary string `json:"summary"`
	// Source is the document that says so: a seed, the service's own documents, or policy.
	Source string `json:"source"`

	// check finds what breaks the rule; nil if the schema says it all, or if the file alone cannot tell.
	check func(f *File, say Sayer)
}

// The documents that rules come from.
const (
	deployment = "seed 000"
	networks   = "seed 002"
	probesDoc  = "seed 003"
	service    = "service documents"
	policy     = "policy"
)

// Rules are all rules, in order. A rule is one row and, unless the schema says it, one function.
var Rules = []Rule{
	// Document
	{"R1", Error, ByFile, "one JSON object in UTF-8, without comments, and no key twice", deployment, nil},
	{"R2", Error, ByFile, "at most 131071 bytes, so that it fits on a command line", policy, nil},
	{"R3", Error, ByFile, "top-level keys are metadata, containers, storage, cloud, autoscaler, networking; R3.upstream: others that the service knows", deployment, nil},
	{"R4", Error, ByFile, "no top-level key that belongs somewhere else, such as ServiceName or command", deployment, nil},
	{"R5", Error, ByFile, "processor_path, resourceGroupId, spec and access stand nowhere", deployment, forbiddenKeys},
	{"R6", Error, ByFile, "metadata and at least one container", deployment, nil},
	{"R7", Error, ByFile, "every known field has its JSON type", service, nil},
	{"R8", Warning, ByFile, "no unknown key in a known object", policy, nil},

	// metadata
	{"R9", Error, ByFile, "metadata.name: 3 to 63 lower case letters, digits and underscores", deployment, nil},
	{"R10", Error, ByRun, "metadata.name is the name of the run, exactly", deployment, nameOfRun},
	{"R11", Error, ByProcedure, "the name is not taken in the region (eas check-name)", deployment, nil},
	{"R12", Error, ByFile, "metadata.instance is a whole number from 1 up", service, nil},
	{"R13", Error, ByFile, "metadata.workspace_id is there, a string; another one than that of the run is a warning", deployment, workspaceID},
	{"R14", Warning, ByRun, "a run that finds no enabled workspace leaves workspace_id out, and says so", service, noWorkspace},
	{"R15", Error, ByFile, "metadata.resource is the id of a dedicated resource group that is ready", deployment, nil},
	{"R16", Error, ByFile, "metadata.resource and cloud.computing exclude each other", deployment, resourceAndComputing},
	{"R17", Error, ByFile, "metadata.resource or cloud.computing is there", deployment, resourceOrComputing},
	{"R18", Error, ByFile, "in a dedicated resource group: cpu, memory (MB) and gpu are whole numbers; without them, a warning", service, dedicatedSizes},
	{"R19", Warning, ByFile, "cpu, memory and gpu mean nothing beside cloud.computing", policy, sizesBesideComputing},
	{"R20", Warning, ByFile, "quota_id is ignored", service, quotaID},
	{"R21", Warning, ByFile, "disk such as 100Gi, shm_size from 1 up, rdma from 0 up, a rolling strategy that moves", service, oddMetadata},

	// containers[]
	{"R22", Error, ByFile, "image is there, without blanks and scheme", deployment, imageScheme},
	{"R23", Warning, ByFile, "image is host/path:tag or host/path@sha256:digest", service, imageForm},
	{"R24", Warning, ByFile, "image lies in a VPC registry: a service has no way to the Internet by default", probesDoc, imageRegistry},
	{"R25", Warning, ByRun, "image lies in a registry of the service's region", policy, imageRegion},
	{"R26", Warning, ByRun, "image is one of the region's official images", deployment, imageListed},
	{"R27", Error, ByFile, "port is there, 1 to 65535", service, nil},
	{"R28", Error, ByFile, "port is not 8080 or 9090, which the EAS engine reserves", probesDoc, nil},
	{"R29", Error, ByFile, "port is the one that the command listens on", probesDoc, portOfCommand},
	{"R30", Error, ByFile, "command and script are strings, args is an array of strings", deployment, nil},
	{"R31", Error, ByFile, "command and script exclude each other; script alone is a warning", deployment, commandAndScript},
	{"R32", Warning, ByFile, "command is there; otherwise the image's own is used", deployment, commandMissing},
	{"R33", Warning, ByFile, "command is a single command", probesDoc, commandIsSingle},
	{"R34", Error, ByFile, "no oss:// in a command: mount it and use the local path", service, ossInCommand},
	{"R35", Warning, ByFile, "the model path of a vLLM or SGLang command lies in a mount", policy, modelPathMounted},
	{"R36", Warning, ByFile, "the command listens on 0.0.0.0, or no health check reaches it", probesDoc, commandBinds},
	{"R37", Error, ByFile, "env has names and string values; doubled and secret ones are warnings", service, environment},
	{"R38", Error, ByFile, "containers have ports of their own; more than one container is a warning", policy, severalContainers},
	{"R39", Error, ByFile, "prepare and resources have their types", service, nil},

	// Probes
	{"R40", Error, ByFile, "probes are startup_check, liveness_check and health_check", probesDoc, nil},
	{"R41", Error, ByFile, "a probe has exactly one of http_get, tcp_socket and exec", probesDoc, nil},
	{"R42", Error, ByFile, "http_get has a port, and a path that begins with /", probesDoc, nil},
	{"R43", Error, ByFile, "tcp_socket has a port", probesDoc, nil},
	{"R44", Error, ByFile, "exec.command is an array of strings", probesDoc, nil},
	{"R45", Error, ByFile, "a probe's port is not 8080 or 9090; another one than the container's is a warning", probesDoc, probePort},
	{"R46", Error, ByFile, "delays are 0 or more; periods, timeouts and thresholds 1 or more", probesDoc, nil},
	{"R47", Note, ByProcedure, "defaults of probes are not written out (eas build)", probesDoc, nil},
	{"R48", Warning, ByFile, "success_threshold of liveness and startup checks is 1", "Kubernetes", successThreshold},
	{"R49", Warning, ByFile, "a check ends before the next begins, and a model has time to load", policy, probeTimes},
	{"R50", Note, ByProcedure, "probes are allowed with official images too", service, nil},

	// cloud
	{"R51", Error, ByFile, "cloud holds computing and networking, nothing else", deployment, nil},
	{"R52", Error, ByFile, "cloud.computing has exactly one of instance_type and instances", networks, nil},
	{"R53", Error, ByFile, "instance_type is spelt so; a type named twice is a warning", deployment, typeTwice},
	{"R54", Error, ByFile, "the public resource group needs cloud.computing (see R17)", deployment, nil},
	{"R55", Warning, ByRun, "the instance type is listed and available", deployment, typeListed},
	{"R56", Error, ByFile, "vLLM and SGLang run on an accelerator, never on a CPU type", deployment, cpuForModel},
	{"R57", Error, ByFile, "image and instance type have the same chip; a CPU image on an accelerator is a warning", service, chips},
	{"R58", Error, ByFile, "cloud.networking has vpc_id, vswitch_id and security_group_id, or is absent", networks, nil},
	{"R59", Error, ByFile, "ids of VPC, vswitches and security group have their form; several vswitches stand in one string", deployment, vswitchList},
	{"R60", Error, ByCloud, "vswitches and security group belong to the VPC, and the VPC to the gateway or NLB", networks, nil},
	{"R61", Error, ByCloud, "the vswitches have an address for every instance", networks, nil},
	{"R62", Warning, ByFile, "a command that needs the Internet has a way there", networks, internetNeeded},
	{"R63", Note, ByProcedure, "the service's VPC overrides that of its resource group", networks, nil},

	// networking
	{"R64", Error, ByFile, "the shared gateway has no networking key", deployment, sharedGateway},
	{"R65", Error, ByFile, "networking has one of gateway and nlb", deployment, nil},
	{"R66", Error, ByFile, "gateway is the id of a dedicated gateway, and cloud.networking is there", deployment, gatewayNeedsVPC},
	{"R67", Error, ByFile, "nlb has listeners, cloud.networking is there, with two vswitches or more", deployment, nlbNeedsVPC},
	{"R68", Error, ByFile, "the id of an NLB is default, or those of your own, not both", service, nlbMixed},
	{"R69", Error, ByFile, "listener_port is there, 1 to 65535 but 8080", deployment, nil},
	{"R70", Error, ByFile, "netType is intranet or internet with the id default; beside an NLB of your own it is a warning", deployment, nlbNetType},
	{"R71", Error, ByFile, "no listener port twice on one NLB", service, nlbPortTwice},
	{"R72", Warning, ByProcedure, "networking is never removed to mend a file (eas build)", service, nil},

	// storage[]
	{"R73", Error, ByFile, "storage is an array; each item has mount_path and one of oss, nfs, dataset", deployment, nil},
	{"R74", Error, ByFile, "mount_path is an absolute directory that does not belong to the system", service, mountPath},
	{"R75", Error, ByFile, "no mount path equals or contains another", service, mountPathsOverlap},
	{"R76", Error, ByFile, "oss.path is oss://bucket/path/, ending in /", deployment, ossPath},
	{"R77", Error, ByFile, "readOnly is spelt so; absent, it means false, which is a warning", deployment, ossReadOnly},
	{"R78", Warning, ByRun, "the bucket lies in the service's region", service, bucketRegion},
	{"R79", Error, ByFile, "nfs has server and path; without cloud.networking, a warning", service, nfsNeedsVPC},
	{"R80", Error, ByFile, "dataset has an id such as d-abc", service, nil},
	{"R81", Warning, ByFile, "an image that serves models has its model mounted", service, modelWithoutStorage},

	// autoscaler
	{"R82", Error, ByFile, "min, max, scaleStrategies and metricName are spelt so", deployment, nil},
	{"R83", Error, ByFile, "min is not above max; equal or absent ones are warnings", service, scalerBounds},
	{"R84", Error, ByFile, "scaleStrategies have a metric and a threshold above 0; odd ones are warnings", service, scalerMetrics},
	{"R85", Warning, ByFile, "metadata.instance lies between min and max", policy, instanceInBounds},

	// The procedure
	{"R86", Error, ByProcedure, "both lists are loaded before the file is written (eas build)", deployment, nil},
	{"R87", Error, ByProcedure, "the file is sent as text, never as file:// (eas create)", deployment, nil},
	{"R88", Error, ByProcedure, "a file that validates is sent at once (eas deploy)", service, nil},
	{"R89", Error, ByFile, "no placeholder is left: <...>, {...}, ***, an empty string, null as a word", deployment, placeholders},
	{"R90", Warning, ByFile, "no value of an example is left, such as vpc-xxx", policy, dummies},
}

// RuleByID returns the rule called id; parts such as R3.upstream are found by their rule.
func RuleByID(id string) (Rule, bool) {
	for _, r := range Rules {
		if r.ID == base(id) && (id == r.ID || id == "R3.upstream") {
			return r, true
		}
	}
	return Rule{}, false
}
