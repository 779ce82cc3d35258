# What a developer needs; CI runs `check`.
GO ?= go

.PHONY: build demo test check matrix bench fuzz

build: ## the binary, ./aligate
	$(GO) build -o aligate .

demo: ## a deployment replayed from a recording in the binary; nothing is sent
	$(GO) run . demo

test: ## every test, with the race detector
	$(GO) test -race -timeout 30m ./...

check: ## what has to hold before anything lands
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff
	$(MAKE) test

matrix: ## every call of every network kind times every fault, with real processes; `test` has one in twenty-four
	ALIGATE_MATRIX=1 $(GO) test . -run TestFaultMatrix -v -timeout 30m | grep -E 'cases|FAIL|^(ok|---)'

bench: ## aligate beside the bare aliyun commands it starts, in one run
	$(GO) run ./fixtures/bench

fuzz: ## a minute for each fuzz test
	@for f in $$(grep -rhoE '^func Fuzz[A-Za-z]+' --include=*_test.go . | cut -d' ' -f2); do \
	  dir=$$(dirname $$(grep -rlE "^func $$f\(" --include=*_test.go .)); \
	  $(GO) test $$dir -run '^$$' -fuzz "^$$f$$" -fuzztime 60s -fuzzminimizetime 20x || exit 1; done
