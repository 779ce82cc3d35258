# One page of ListTagResources (flink-facts C14). An absent NextToken ends the list.
if type == "object" and (.TagResources | type) == "array" then
  { next: (.NextToken // ""),
    count: (.TagResources | length),
    rows: [ .TagResources[]
      | select((.ResourceId | type) == "string" and (.TagKey | type) == "string")
      | { view: { ResourceId, TagKey, TagValue: (.TagValue // "") }, raw: . } ] }
else
  error("the reply has no TagResources list")
end
