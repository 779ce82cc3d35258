# A price query (flink-facts H). Amounts stay as they came; a code means that there is no price.
if type == "object" and (.PriceInfo | type) == "object" then
  .PriceInfo
  | { code: (.Code // ""),
      message: (.Message // ""),
      currency: (.Currency // ""),
      original_amount: .OriginalAmount,
      discount_amount: .DiscountAmount,
      trade_amount: .TradeAmount }
else
  error("the reply has no PriceInfo")
end
