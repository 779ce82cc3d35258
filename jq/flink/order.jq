# The reply to a write: only CreateInstance tells an id, inside OrderInfo (flink-facts C4).
if type == "object" and (.Success | type) == "boolean" then
  { instance: (.OrderInfo.InstanceId? // ""),
    order: ((.OrderInfo.OrderId? // .OrderId // "") | tostring) }
else
  error("the reply does not say whether the call succeeded")
end
