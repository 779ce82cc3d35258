# DescribeMachineSpec (eas-facts A.5). The real reply is InstanceMetas with a model name in GPU and the count in
# GPUAmount; the documented filter expects InstanceTypes with the count in GPU. GPU below is always the count: a
# model without a count is one card.
def count:
  if type == "string" then (if . == "" then 0 else (tonumber? // 1) end) else . end;

if type != "object" then error("the reply is not an object")
elif (.InstanceMetas | type) == "array" then .InstanceMetas
elif (.InstanceTypes | type) == "array" then .InstanceTypes
else error("the reply has no InstanceMetas list (nor InstanceTypes)") end
| { rows: map(
    { InstanceType,
      CPU,
      GPU: (.GPUAmount // .GPU // 0 | count),
      Memory,
      GPUModel: (if (.GPU | type) == "string" then .GPU else .GPUType end),
      GPUMemory,
      Available: (.IsAvailable != false),
      Stock: .StockStatus }) }
