# The reply to a write: only CreateInstance tells an id, inside OrderInfo (flink-facts C4).
if type == "object" then
  { instance: (.OrderInfo.InstanceId? // ""),
    order: ((.OrderInfo.OrderId? // .OrderId // "") | tostring) }
else
  error("the reply is not an object")
end
