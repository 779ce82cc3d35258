# One page of ListImages (eas-facts A.3). ImageCategory is in the documented filter and in no real reply: it is
# derived from the name where it is missing. Rows without a URI are dropped: they break every consumer.
def category:
  if contains("vllm") or contains("sglang") or contains("llama.cpp") then "LLM"
  elif contains("comfyui") or contains("stable-diffusion") or contains("kohya") or contains("easyanimate") then "image"
  elif contains("cosyvoice") then "tts"
  elif contains("pairag") then "rag"
  elif contains("pytorch") or contains("triton") or contains("tensorflow") then "general"
  elif contains("openclaw") or contains("copaw") or contains("python") then "tools"
  else "other" end;

if type == "object" and (.Images | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Images | length),
    rows: [ .Images[]
      | select((.ImageUri | type) == "string" and .ImageUri != "")
      | { ImageId: (.ImageId // .ImageUri),
          ImageUri,
          ImageCategory: (.ImageCategory // (.Name // .ImageUri | ascii_downcase | category)),
          Name,
          Created: .GmtCreateTime,
          Labels } ] }
else
  error("the reply has no Images list")
end
