# One page of DescribeImages (ecs-facts 2.9): the system's own, whoever else's are in the list.
def id($name): if type == "string" and . != "" then . else error("a row has no " + $name) end;
def num: if type == "number" then . elif type == "string" and test("^[0-9]+$") then tonumber else error("a size is no number") end;

if type == "object" and (.Images | type) == "object" and (.Images.Image | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    count: (.Images.Image | length),
    rows: [ .Images.Image[]
      | select(.ImageOwnerAlias == "system")
      | { id: (.ImageId | id("ImageId")),
          name: (.ImageName // ""),
          family: (.ImageFamily // ""),
          os: (.OSNameEn // .OSName // ""),
          os_type: (.OSType // ""),
          architecture: (.Architecture // ""),
          size_gib: (.Size // 0 | num),
          created: (.CreationTime // "") } ] }
else
  error("the reply has no Images list")
end
