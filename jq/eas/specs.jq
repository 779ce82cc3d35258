# DescribeMachineSpec (eas-facts A.5). The real reply is InstanceMetas with a model name in GPU and the count in
# GPUAmount; the documented filter expects InstanceTypes with the count in GPU. GPU below is always the count.
def rows:
  if type != "object" then error("the reply is not an object")
  elif (.InstanceMetas | type) == "array" then .InstanceMetas
  elif (.InstanceTypes | type) == "array" then .InstanceTypes
  else error("the reply has no InstanceMetas list (nor InstanceTypes)") end;
def count:
  if (.GPUAmount | type) == "number" then .GPUAmount
  elif (.GPU | type) == "number" then .GPU
  elif (.GPU | type) == "string" and .GPU != "" then (.GPU | tonumber? // 1)
  else 0 end;
def chip($count):
  if .InstanceType | startswith("ecs.ebmppu") then "PPU"
  elif .InstanceType | startswith("ecs.egs") then "XPU"
  elif $count > 0 then "GPU"
  else "CPU" end;

{ rows: [ rows[]
    | select((.InstanceType | type) == "string")
    | count as $count
    | { InstanceType,
        CPU,
        GPU: $count,
        Memory,
        GPUModel: (if (.GPU | type) == "string" then .GPU else (.GPUType // "") end),
        GPUMemory: (.GPUMemory // 0),
        Available: (.IsAvailable != false),
        Stock: (.StockStatus // ""),
        Chip: chip($count) } ] }
