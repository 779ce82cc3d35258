package order

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func TestCovers(t *testing.T) {
	t.Parallel()
	const script = "digest of the script"
	mine := Digest(large(), script)
	other := large()
	other.Bandwidth = 100
	dollars := Quote{Trade: "0.49", Currency: "USD"}
	for _, c := range []struct {
		name      string
		now       time.Time
		digest    string
		quote     Quote
		confirmed string
		want      Reason // "" is covered
	}{
		{"at once", noon, mine, cny("0.49"), "", ""},
		{"the same number, written otherwise", noon, mine, cny("0.490"), "", ""},
		{"cheaper now", noon, mine, cny("0.48"), "", ""},
		{"at the last moment", noon.Add(Valid), mine, cny("0.49"), "", ""},
		{"a moment later", noon.Add(Valid + 1), mine, cny("0.49"), "", Expired},
		{"a day later", noon.Add(24 * time.Hour), mine, cny("0.49"), "0.49", Expired},
		{"the clock went back", noon.Add(-1), mine, cny("0.49"), "", Future},
		{"another order", noon, Digest(other, script), cny("0.49"), "", OtherOrder},
		{"another script", noon, Digest(large(), "other"), cny("0.49"), "0.49", OtherOrder},
		{"no digest", noon, "", cny("0.49"), "", OtherOrder},
		{"dearer now", noon, mine, cny("0.4901"), "", Higher},
		{"another currency", noon, mine, dollars, "", Currency},
		{"another currency, and an amount", noon, mine, dollars, "10", Currency},
		{"no price now", noon, mine, Quote{}, "", Unpriced},
		{"nothing to pay now", noon, mine, cny("0"), "1", Unpriced},
		{"the amount", noon, mine, cny("0.49"), "0.49", ""},
		{"the amount with zeros", noon, mine, cny("0.49"), "0.4900", ""},
		{"more than that", noon, mine, cny("0.49"), "1", ""},
		{"more, and the price rose below it", noon, mine, cny("0.60"), "1", ""},
		{"more, and the price rose above it", noon, mine, cny("1.01"), "1", Higher},
		{"the amount, and the price rose", noon, mine, cny("0.50"), "0.49", Higher},
		{"less", noon, mine, cny("0.49"), "0.48", TooLow},
		{"less, and the price fell", noon, mine, cny("0.40"), "0.48", TooLow},
		{"nothing", noon, mine, cny("0.49"), "0", TooLow},
		{"a debt", noon, mine, cny("0.49"), "-1", TooLow},
		{"a word", noon, mine, cny("0.49"), "yes", NotAnAmount},
		{"with currency", noon, mine, cny("0.49"), "CNY 0.49", NotAnAmount},
		{"a comma", noon, mine, cny("0.49"), "0,49", NotAnAmount},
		{"infinity", noon, mine, cny("0.49"), "Inf", NotAnAmount},
		{"a blank", noon, mine, cny("0.49"), " ", NotAnAmount},
		{"endless", noon, mine, cny("0.49"), "1e999999999", NotAnAmount},
	} {
		err := NewOffer(large(), script, cny("0.49"), noon).Covers(c.now, c.digest, c.quote, c.confirmed)
		expect(t, c.name, err, c.want)
	}
}

func expect(t *testing.T, name string, err error, want Reason) {
	t.Helper()
	var refused *NotConfirmed
	switch {
	case err == nil && want == "":
	case !errors.As(err, &refused):
		t.Errorf("%s: got %v, want %q", name, err, want)
	case refused.Why != want || refused.Message == "" || strings.HasSuffix(refused.Error(), "."):
		t.Errorf("%s: got %q: %v, want %q", name, refused.Why, err, want)
	}
}

// An offer comes from a file: one that is not there or not whole covers nothing.
func TestBrokenOffers(t *testing.T) {
	t.Parallel()
	digest := Digest(large(), "")
	for name, f := range map[string]Offer{
		"nothing":     {},
		"no price":    {Digest: digest, At: noon},
		"no time":     {Digest: digest, Quote: cny("0.49")},
		"no currency": {Digest: digest, Quote: Quote{Trade: "0.49"}, At: noon},
		"no digest":   {Quote: cny("0.49"), At: noon},
	} {
		if err := f.Covers(noon, digest, cny("0.49"), "100"); err == nil {
			t.Errorf("%s: covered", name)
		}
	}
	expect(t, "neither has a digest", Offer{Quote: cny("0.49"), At: noon}.Covers(noon, "", cny("0.49"), ""), OtherOrder)
}

func TestOfferJSON(t *testing.T) {
	t.Parallel()
	f := NewOffer(large(), "x", cny("0.49"), noon.In(time.FixedZone("there", 8*3600)))
	raw, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Offer
	if err := json.Unmarshal(raw, &back); err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("got %+v, %v, want %+v", back, err, f)
	}
	if err := back.Covers(noon, Digest(back.Order, "x"), cny("0.49"), ""); err != nil {
		t.Error(err)
	}
}

// Every field of an order is in its digest: whoever adds one cannot forget it.
func TestDigest(t *testing.T) {
	t.Parallel()
	want := Digest(large(), "x")
	if len(want) != 64 || Digest(large(), "x") != want {
		t.Errorf("got %q", want)
	}
	seen := map[string]string{want: "the order itself"}
	differs := func(name, digest string) {
		if twin, twice := seen[digest]; twice {
			t.Errorf("%s has the digest of %s", name, twin)
		}
		seen[digest] = name
	}
	differs("another extra", Digest(large(), "y"))
	var vary func(name string, at func(*Order) reflect.Value)
	vary = func(name string, at func(*Order) reflect.Value) {
		o := large()
		switch v := at(&o); v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				vary(name+"."+v.Type().Field(i).Name, func(o *Order) reflect.Value { return at(o).Field(i) })
			}
			return
		case reflect.String:
			v.SetString(v.String() + "!")
		case reflect.Int:
			v.SetInt(v.Int() + 1)
		case reflect.Float64:
			v.SetFloat(v.Float() + 0.5)
		default:
			t.Fatalf("%s: a %s is new here", name, v.Kind())
		}
		differs(name, Digest(o, "x"))
	}
	vary("Order", func(o *Order) reflect.Value { return reflect.ValueOf(o).Elem() })

	none := large()
	none.Amount = 0
	if Digest(none, "x") != want {
		t.Error("no amount is one instance")
	}
	// What stands in one field must not pass for another.
	a, b := Order{Region: `a", Zone:"b`}, Order{Region: "a", Zone: "b"}
	if Digest(a, "") == Digest(b, "") {
		t.Error("a value passes for a field")
	}
}

// FuzzCovers: whatever is in the file and on the command line, nothing is covered that costs more than what was agreed.
func FuzzCovers(f *testing.F) {
	f.Add("0.49", "CNY", "0.49", "CNY", "0.49", int64(0))
	f.Add("0.49", "CNY", "1e2", "CNY", "", int64(time.Minute))
	f.Add("x", "", "0", "USD", "-", int64(-1))
	f.Fuzz(func(t *testing.T, then, thenCurrency, now, nowCurrency, confirmed string, age int64) {
		offered, asked := Quote{Trade: json.Number(then), Currency: thenCurrency}, Quote{Trade: json.Number(now), Currency: nowCurrency}
		offer := NewOffer(large(), "", offered, noon)
		err := offer.Covers(noon.Add(time.Duration(age)), offer.Digest, asked, confirmed)
		if err != nil {
			var refused *NotConfirmed
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			return
		}
		if age < 0 || time.Duration(age) > Valid || thenCurrency != nowCurrency || asked.Problem() != nil {
			t.Fatalf("covered: %q %q, %q %q, %q, %d", then, thenCurrency, now, nowCurrency, confirmed, age)
		}
		limit := offered
		if confirmed != "" {
			limit.Trade = json.Number(confirmed)
		}
		if asked.Higher(limit) {
			t.Fatalf("covered at %q: %q is more than %q", then, now, confirmed)
		}
	})
}
