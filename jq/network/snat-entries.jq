# One page of DescribeSnatTableEntries (eas-facts A.8).
def isid: type == "string" and . != "" and . != "null" and (test("^[,\\s]*$") | not);

(if type != "object" then error("the reply is not an object")
 elif (.SnatTableEntries | type) == "array" then .SnatTableEntries
 elif (.SnatTableEntries | type) == "object" and (.SnatTableEntries.SnatTableEntry | type) == "array" then .SnatTableEntries.SnatTableEntry
 else error("the reply has no SnatTableEntries list") end) as $all
| { total: .TotalCount,
    size: .PageSize,
    count: ($all | length),
    rows: [ $all[]
      | { id: (.SnatEntryId // ""),
          vswitch: (.SourceVSwitchId | if isid then . else "" end),
          cidr: (.SourceCIDR // ""),
          ip: (.SnatIp // ""),
          status: (.Status // "") } ] }
