# DescribePrice (ecs-facts 2.5): TradePrice is what is paid, DiscountPrice what was taken off. No price is ever made
# up: what is missing or no number is an error (ecs-facts 5.3).
def amount($name): if type == "number" then . elif type == "string" and test("^[0-9]+([.][0-9]+)?$") then tonumber else error($name + " is no number") end;
def maybe($name): if . == null then null else amount($name) end;

if type == "object" and (.PriceInfo | type) == "object" then
  .PriceInfo.Price
  | if type != "object" then error("the reply has no price") else . end
  | { trade: (.TradePrice | amount("TradePrice")),
      original: (.OriginalPrice | maybe("OriginalPrice")),
      discount: (.DiscountPrice | maybe("DiscountPrice")),
      currency: (.Currency | if type == "string" and . != "" then . else error("the price has no currency") end),
      details: [ (.DetailInfos // {} | if type == "object" then .DetailInfo // [] else error("DetailInfos is no object") end)[]
        | { resource: (.Resource // ""), trade: (.TradePrice | maybe("TradePrice of a detail")) } ] }
else
  error("the reply has no PriceInfo")
end
