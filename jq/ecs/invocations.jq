# One page of DescribeInvocations (ecs-facts 2.12): a row for each instance of each invocation, and one without an
# instance for an invocation that has none yet. The script, which stands in the reply, stays there (ecs-facts 5.40).
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def list($name): if . == null then [] elif type == "object" then .[$name] // [] | if type == "array" then . else error($name + " is no list") end
  else error("what holds " + $name + " is no object") end;
def code: if type == "string" and test("^-?[0-9]+$") then tonumber else . end;

if type == "object" and (.Invocations | type) == "object" and (.Invocations.Invocation | type) == "array" then
  { next: (.NextToken // ""),
    rows: [ .Invocations.Invocation[]
      | { id: (.InvokeId | id("InvokeId")), status: (.InvocationStatus // .InvokeStatus // ""), created: (.CreationTime // "") } as $one
      | (.InvokeInstances | list("InvokeInstance")) as $runs
      | if $runs == [] then $one else
          $runs[]
          | $one + { instance: (.InstanceId | id("InstanceId")),
              instance_status: (.InvocationStatus // ""),
              error_code: (.ErrorCode // ""),
              error_info: (.ErrorInfo // ""),
              exit_code: (.ExitCode | code) }
        end ] }
else
  error("the reply has no Invocations list")
end
