# One page of DescribeInvocationResults (ecs-facts 2.12): the page stands inside of Invocation. Output is base64.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def code: if type == "string" and test("^-?[0-9]+$") then tonumber else . end;

if type == "object" and (.Invocation | type) == "object" and (.Invocation.InvocationResults | type) == "object"
    and (.Invocation.InvocationResults.InvocationResult | type) == "array" then
  { next: (.Invocation.NextToken // ""),
    rows: [ .Invocation.InvocationResults.InvocationResult[]
      | { id: (.InvokeId | id("InvokeId")),
          instance: (.InstanceId | id("InstanceId")),
          status: (.InvocationStatus // ""),
          error_code: (.ErrorCode // ""),
          error_info: (.ErrorInfo // ""),
          exit_code: (.ExitCode | code),
          output: (.Output // ""),
          dropped: (.Dropped // 0 | code),
          finished: (.FinishedTime // "") } ] }
else
  error("the reply has no InvocationResults list")
end
