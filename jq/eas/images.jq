# One page of ListImages (eas-facts A.3). ImageCategory is in the documented filter and in no real reply: it is
# derived from the name where it is missing. Rows without a URI are dropped: they break every consumer.
def tag($key): [ .Labels[]? | select(.Key == $key) | .Value ][0];
def category:
  (.Name // .ImageUri | ascii_downcase) as $n
  | if $n | test("vllm|sglang|llama\\.cpp") then "LLM"
    elif $n | test("comfyui|stable-diffusion|kohya|easyanimate") then "image"
    elif $n | test("cosyvoice") then "tts"
    elif $n | test("pairag") then "rag"
    elif $n | test("pytorch|triton|tensorflow") then "general"
    elif $n | test("openclaw|copaw|python") then "tools"
    else "other" end;

if type == "object" and (.Images | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Images | length),
    rows: [ .Images[]
      | select((.ImageUri | type) == "string" and .ImageUri != "")
      | { ImageId: (.ImageId // .ImageUri),
          ImageUri,
          ImageCategory: (.ImageCategory // category),
          Name: (.Name // ""),
          Created: (.GmtCreateTime // ""),
          Chip: (tag("system.chipType") // ""),
          Latest: (tag("system.eas.deploy.latest") == "true") } ] }
else
  error("the reply has no Images list")
end
