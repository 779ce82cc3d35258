package ecs

// DemoCommands are those of `aligate demo ecs` and of the recording ecs-run: the price, then the run.
var DemoCommands = [][]string{
	{"ecs", "run", "job.sh", "--cores", "2", "--memory", "4", "--region", "cn-hangzhou"},
	{"ecs", "run", "job.sh", "--cores", "2", "--memory", "4", "--region", "cn-hangzhou", "--confirm"},
}

// DemoFiles are what they read.
var DemoFiles = map[string]string{"job.sh": "#!/bin/bash\nset -eu\necho hello from the instance\n"}
