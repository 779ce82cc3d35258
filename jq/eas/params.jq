# One page of ListWorkspaces (eas-facts A.1).
if type == "object" and (.Workspaces | type) == "array" then
  { total: .TotalCount,
    size: .PageSize,
    rows: [ .Workspaces[]
      | { id: (.WorkspaceId | if type == "number" then tostring
                elif type == "string" and . != "" then .
                else error("a row of the list has no WorkspaceId") end),
          name: .WorkspaceName,
          status: .Status,
          default: (.IsDefault == true) } ] }
else
  error("the reply has no Workspaces list")
end
