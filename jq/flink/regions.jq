# DescribeSupportedRegions (flink-facts C1): the call takes no page, so there is one.
if type == "object" and (.Regions | type) == "array" then
  { total: .TotalCount,
    rows: [ .Regions[]
      | select(.Region | type == "string" and . != "")
      | { view: { Region, RegionName: (.RegionName // "") }, raw: . } ] }
else
  error("the reply has no Regions list")
end
