# The id in the reply to a call that makes something, by the name of its field (ecs-facts 2.6 to 2.8, 2.12).
if type != "object" then error("the reply is not an object")
elif (.[$field] | type) != "string" or .[$field] == "" then error("the reply has no \($field)")
else .[$field] end
