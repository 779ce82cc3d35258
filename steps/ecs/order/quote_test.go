package order

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

func cny(price json.Number) Quote { return Quote{Trade: price, Currency: "CNY"} }

func TestQuoteProblem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		quote Quote
		want  string // "" is none
	}{
		{cny("0.49"), ""},
		{cny("1"), ""},
		{cny("1e-3"), ""},
		{cny("4.9E+1"), ""},
		{Quote{Trade: "0.087", Currency: "USD"}, ""},
		{Quote{}, "there is no price"},
		{cny(""), "there is no price"},
		{cny("0"), `the price "0" is not above zero`},
		{cny("-0.0"), `the price "-0.0" is not above zero`},
		{cny("0e5"), `the price "0e5" is not above zero`},
		{cny("-1"), `the price "-1" is not above zero`},
		{cny("free"), `the price "free" is not a number`},
		{cny("null"), `the price "null" is not a number`},
		{cny("NaN"), `the price "NaN" is not a number`},
		{cny("Inf"), `the price "Inf" is not a number`},
		{cny("1/3"), `the price "1/3" is not a number`},
		{cny("0x1p-2"), `the price "0x1p-2" is not a number`},
		{cny("1_000"), `the price "1_000" is not a number`},
		{cny(" 1"), `the price " 1" is not a number`},
		{cny("1 "), `the price "1 " is not a number`},
		{cny("01"), `the price "01" is not a number`},
		{cny("1."), `the price "1." is not a number`},
		{cny("1e31"), `the price "1e31" is not a number`},
		{cny("1e999999999"), `the price "1e999999999" is not a number`},
		{cny("1e-99999999999999999999"), `the price "1e-99999999999999999999" is not a number`},
		{cny(json.Number(strings.Repeat("9", longestNumber+1))), "is not a number"},
		{Quote{Trade: "0.49"}, `the price "0.49" has no currency`},
		{Quote{Trade: "0.49", Currency: "yuan"}, `the price "0.49" is in "yuan", which is not a currency`},
		{Quote{Trade: "0.49", Currency: "cny"}, `which is not a currency`},
		{Quote{Trade: "0.49", Currency: "C\nY"}, `which is not a currency`},
	} {
		err := c.quote.Problem()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.quote, err, c.want)
		}
		if text := c.quote.String(); err != nil && text != err.Error() || text == "" {
			t.Errorf("%+v: got %q", c.quote, text)
		}
	}
}

func TestHigher(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, then Quote
		want      bool
	}{
		{cny("0.49"), cny("0.49"), false},
		{cny("0.490"), cny("0.49"), false},
		{cny("4.9e-1"), cny("0.49"), false},
		{cny("0.48"), cny("0.49"), false},
		{cny("0.5"), cny("0.49"), true},
		{cny("0.4900000000000000000000000001"), cny("0.49"), true}, // a float does not see it
		{cny("9"), cny("10"), false},
		{cny("10"), cny("9"), true},
		{Quote{Trade: "0.01", Currency: "USD"}, cny("0.49"), true},
		{Quote{Trade: "0.01"}, cny("0.49"), true},
		{cny("0"), cny("0.49"), true},
		{cny("0.01"), cny("0"), true},
		{cny("?"), cny("?"), true},
	} {
		if got := c.now.Higher(c.then); got != c.want {
			t.Errorf("%+v than %+v: got %t", c.now, c.then, got)
		}
	}
}

func TestQuoteString(t *testing.T) {
	t.Parallel()
	for price, want := range map[json.Number]string{
		"0.49": "CNY 0.49", "0.490": "CNY 0.49", "12": "CNY 12", "1e-3": "CNY 0.001", "1.5E2": "CNY 150", "0.017000000000000001": "CNY 0.017000000000000001",
	} {
		if got := cny(price).String(); got != want {
			t.Errorf("%s: got %q, want %q", price, got, want)
		}
	}
}

func TestRoundUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		num, denom int64
		want       string
	}{
		{0, 1, "0.00"}, {1, 1, "1.00"}, {1, 2, "0.50"}, {49, 100, "0.49"}, {17, 1000, "0.017"}, {12345, 10000, "1.2345"},
		{123451, 100000, "1.2346"}, {123459, 100000, "1.2346"}, {1, 1000000, "0.0001"}, {1, 3, "0.3334"}, {99999, 100000, "1.00"}, {2, 3, "0.6667"},
	} {
		if got := roundUp(big.NewRat(c.num, c.denom)); got != c.want {
			t.Errorf("%d/%d: got %s, want %s", c.num, c.denom, got, c.want)
		}
	}
}

// FuzzDecimal: what is taken for an amount is one, and keeps its value in full notation and in JSON.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "0.49", "-1.5e-3", "1e30", "1e31", "1/3", "0x10", "", "e", "1e", "--1", "1e+5", "1E05", "null", `"1"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := decimal(s)
		if !ok {
			return
		}
		again, ok := new(big.Rat).SetString(plain(r))
		if !ok || again.Cmp(r) != 0 || strings.ContainsAny(plain(r), "eE/") {
			t.Errorf("%q: got %s", s, plain(r))
		}
		if !json.Valid([]byte(s)) {
			t.Errorf("%q is no JSON number", s)
		}
		if r.Sign() < 0 {
			return
		}
		up, ok := new(big.Rat).SetString(roundUp(r))
		if !ok || up.Cmp(r) < 0 || new(big.Rat).Sub(up, r).Cmp(big.NewRat(1, 10000)) >= 0 {
			t.Errorf("%q is rounded to %s", s, roundUp(r))
		}
	})
}
