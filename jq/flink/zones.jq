# DescribeSupportedZones (flink-facts C2): the call takes no page, so there is one.
if type == "object" and (.ZoneIds | type) == "array" then
  { total: .TotalCount,
    rows: [ .ZoneIds[] | select(type == "string" and . != "") | { view: { ZoneId: . }, raw: . } ] }
else
  error("the reply has no ZoneIds list")
end
