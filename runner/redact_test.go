package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"url", `Get "https://h/api?AccessKeyId=a&Signature=b&RegionId=cn-x": EOF`, `Get "https://h/api?REDACTED": EOF`},
		{"url, plain http", "http://127.0.0.1:80/?a=b next", "http://127.0.0.1:80/?REDACTED next"},
		{"url, in apostrophes", "curl 'https://h/?a=b&c=d' -v", "curl 'https://h/?REDACTED' -v"},
		{"url, at the end", "see https://h/p?q", "see https://h/p?REDACTED"},
		{"url, several", "https://a/?x=1 https://b/ https://c/?y=2\nhttps://d/?z", "https://a/?REDACTED https://b/ https://c/?REDACTED\nhttps://d/?REDACTED"},
		{"url, in a url", "https://a/?next=https://b/?x=1", "https://a/?REDACTED"},

		{"authorization, header", "Authorization: acs abc:def=\nHost: h", "Authorization: REDACTED\nHost: h"},
		{"authorization, CRLF", "authorization:Bearer abc\r\nHost: h", "authorization:REDACTED\r\nHost: h"},
		{"authorization, json", `{"Authorization": "Bearer abc", "Host": "h"}`, `{"Authorization": "REDACTED", "Host": "h"}`},
		{"authorization, curl", "curl -H 'Authorization: abc def' http://h/", "curl -H 'Authorization: REDACTED' http://h/"},
		{"authorization, map", "map[Authorization:[acs a:b]]", "map[Authorization:REDACTED"},

		{"key", "AccessKeyId=abcdef&Action=X", "AccessKeyId=REDACTED&Action=X"},
		{"key, lower case", "accesskeyid=abcdef", "accesskeyid=REDACTED"},
		{"key secret", "AccessKeySecret: abc/def= next", "AccessKeySecret: REDACTED next"},
		{"signature", "Signature=a%2Fb%3D&SignatureNonce=1-2&SignatureMethod=HMAC-SHA1", "Signature=REDACTED&SignatureNonce=REDACTED&SignatureMethod=HMAC-SHA1"},
		{"security token", "SecurityToken=CAIS%2Babc end", "SecurityToken=REDACTED end"},
		{"security token, json", `{"SecurityToken":"CAIS+/abc==","x":1}`, `{"SecurityToken":"REDACTED","x":1}`},
		{"another client's token", "--MyClientToken=abcdef client_token=abcdef", "--MyClientToken=REDACTED client_token=REDACTED"},
		{"access token", `{"AccessToken":"YjQxMDY0==","Status":"Running"}`, `{"AccessToken":"REDACTED","Status":"Running"}`},
		{"access token, spaced", `"AccessToken" : "YjQx",`, `"AccessToken" : "REDACTED",`},
		{"access token, json in json", `"body":"{\"AccessToken\":\"YjQx\",\"a\":1}"`, `"body":"{\"AccessToken\":\"REDACTED\",\"a\":1}"`},
		{"access token, jq", "AccessToken: YjQx\n", "AccessToken: REDACTED\n"},
		{"password", "Password=abc&x=y", "Password=REDACTED&x=y"},
		{"user data", `CommandContent=ZWNobw==&UserData=Iy9i`, `CommandContent=REDACTED&UserData=REDACTED`},

		{"key id", "key LTAI5tAbCdEf, used", "key REDACTED, used"},
		{"key id, in text", `"user":"LTAI4abc"`, `"user":"REDACTED"`},
		{"sts key id", "AK:STS.NUabcdEF ok", "AK:REDACTED ok"},
		{"sts key id, next to another", "STS.NUabcdEF/LTAI5tAbCd", "REDACTED/REDACTED"},

		{"env entry", `{"name":"HF_TOKEN","value":"x"}`, `{"name":"HF_TOKEN","value":"REDACTED"}`},
		{"env entry, value first", `{"value":"x","name":"HF_TOKEN"}`, `{"value":"REDACTED","name":"HF_TOKEN"}`},
		{"env entry, spaced", `{ "name" : "HF_TOKEN" , "value" : "x y" }`, `{ "name" : "HF_TOKEN" , "value" : "REDACTED" }`},
		{"env entry, over lines", "{\n  \"name\": \"my_secret_1\",\n  \"value\": \"x\"\n}", "{\n  \"name\": \"my_secret_1\",\n  \"value\": \"REDACTED\"\n}"},
		{"env entry, value first, over lines", "{\n  \"value\":\"x\",\n  \"name\": \"DB_PASSWORD\"\n}", "{\n  \"value\":\"REDACTED\",\n  \"name\": \"DB_PASSWORD\"\n}"},
		{"env entry, escapes", `{"name":"API_CREDENTIALS","value":"a\"b\\,{c}\n"}`, `{"name":"API_CREDENTIALS","value":"REDACTED"}`},
		{"env entry, value first, escapes", `{"value":"a\"b\\","name":"ACCESS_KEY"}`, `{"value":"REDACTED","name":"ACCESS_KEY"}`},
		{"env entry among others",
			`[{"name":"A","value":"a"},{"name":"X_PASSWD","value":"b"},{"name":"C","value":"c"}]`,
			`[{"name":"A","value":"a"},{"name":"X_PASSWD","value":"REDACTED"},{"name":"C","value":"c"}]`},
		{"env entry among others, values first",
			`[{"value":"a","name":"A"},{"value":"b","name":"accessKeyId"},{"value":"c","name":"C"}]`,
			`[{"value":"a","name":"A"},{"value":"REDACTED","name":"accessKeyId"},{"value":"c","name":"C"}]`},
		{"env entries, both", `{"name":"TOKEN","value":"a"},{"value":"b","name":"TOKEN"}`, `{"name":"TOKEN","value":"REDACTED"},{"value":"REDACTED","name":"TOKEN"}`},

		{"assignment", "HF_TOKEN=hf_abc vllm serve", "HF_TOKEN=REDACTED vllm serve"},
		{"assignment, all names", "A_SECRET=1 MAX_TOKEN=2 db_passwd=3 ACCESS_KEY=4 ACCESSKEY2=5 CREDENTIAL_FILE=6",
			"A_SECRET=REDACTED MAX_TOKEN=REDACTED db_passwd=REDACTED ACCESS_KEY=REDACTED ACCESSKEY2=REDACTED CREDENTIAL_FILE=REDACTED"},
		{"assignment, flag", "--access-key-secret=abc --x", "--access-key-secret=REDACTED --x"},
		{"assignment, query", "region=cn-x&token=abc&x=1", "region=cn-x&token=REDACTED&x=1"},

		{"secrets of all kinds", "LTAI5tabc AccessKeyId=x\nAuthorization: y\nHF_TOKEN=z https://h/?q", "REDACTED AccessKeyId=REDACTED\nAuthorization: REDACTED\nHF_TOKEN=REDACTED https://h/?REDACTED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r Redactor
			got := r.Text(tt.in)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := (*Redactor)(nil).Text(tt.in); got != tt.want {
				t.Errorf("nil: got %s, want %s", got, tt.want)
			}
			if again := r.Text(got); again != got {
				t.Errorf("again: got %s, want %s", again, got)
			}
		})
	}
}

// What is no secret has to stay readable, and a command has to stay one that can be run again.
func TestRedactSurvives(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"",
		"system.official=true,system.supported.eas=true",
		"aliyun aiworkspace list-images --labels system.official=true,system.supported.eas=true --page-size 100",
		"https://eas.console.aliyun.com/#/services",
		"http://1234.vpc.cn-hangzhou.pai-eas.aliyuncs.com/api/predict/qwen",
		"what? https://h/path, and more?x=y",
		`"InternetEndpoint":"http://h/x","Port":80`,
		`{"metadata":{"name":"qwen","instance":1,"workspace_id":"123"},"containers":[{"image":"eas-registry-vpc.cn-hangzhou.cr.aliyuncs.com/pai-eas/vllm:0.8","port":8000,` +
			`"command":"vllm serve /model_dir --port 8000 --max-model-len 4096","env":[{"name":"VLLM_USE_V1","value":"1"},{"value":"/m","name":"MODEL"}]}],` +
			`"cloud":{"computing":{"instances":[{"type":"ecs.gn7i-c16g1.4xlarge"}]}}}`,
		"--ClientToken=20261122T081500Z-0a1b2c-1-vpc",
		`{"NextToken":"AAAAAbcdef=="}`,
		"--NextToken=AAAAAbcdef==",
		`{"ClientToken":"20261122T081500Z-0a1b2c-1-vpc"}`,
		`{"name":"HF_TOKEN","value":""}`,
		`{"AccessToken":"","ServiceId":"eas-m-1"}`,
		`{"name":"A","value":"x"},{"name":"HF_TOKEN"}`,
		"no secret, token or password in prose, nor a signature",
		"the AccessKeyId is not valid",
		"LTAI STS. LTA5tabc STSabcdef",
		"SignatureMethod=HMAC-SHA1&SignatureVersion=1.0",
		"caf\xe9 \x00 \u2028 服务",
	} {
		var r Redactor
		r.Add("not-in-any-of-them")
		if got := r.Text(text); got != text {
			t.Errorf("got  %s\nwant %s", got, text)
		}
	}
}

func TestRedactorAdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		values []string
		in     string
		want   string
	}{
		{"none", nil, "abcdef", "abcdef"},
		{"value", []string{"abcdef"}, "x abcdef y", "x REDACTED y"},
		{"within a word", []string{"abcdef"}, "xabcdefy-abcdef", "xREDACTEDy-REDACTED"},
		{"several", []string{"abcdef", "ghijkl"}, "ghijkl abcdef", "REDACTED REDACTED"},
		{"twice", []string{"abcdef", "abcdef"}, "abcdef", "REDACTED"},
		{"shortest", []string{"abcdef"}, "abcde", "abcde"},
		{"too short", []string{"abcde", "true", "", "1"}, "abcde true 1", "abcde true 1"},
		{"no pattern", []string{`a.c*f(`}, `a.c*f( abcdef`, `REDACTED abcdef`},
		{"case counts", []string{"abcdef"}, "ABCDEF", "ABCDEF"},
		{"with patterns", []string{"abcdef"}, "abcdef HF_TOKEN=x", "REDACTED HF_TOKEN=REDACTED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var r Redactor
			for _, v := range tt.values {
				r.Add(v)
			}
			if got := r.Text(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			taught := tt.in != tt.want
			if got := r.Holds([]byte(tt.in)); got != taught {
				t.Errorf("holds a value: got %t, want %t", got, taught)
			}
			if r.Holds([]byte(tt.want)) {
				t.Errorf("%q still holds a value", tt.want)
			}
		})
	}
}

// Holds is about values only: a record may well name a token.
func TestRedactorHolds(t *testing.T) {
	t.Parallel()
	var r Redactor
	r.Add("abcdef")
	r.Add("short")
	for text, want := range map[string]bool{
		"": false, "HF_TOKEN=x LTAI5tabc": false, "short": false, "abcde f": false, "xxabcdefxx": true,
	} {
		if got := r.Holds([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func TestHoldsCredential(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": false, "LTAI": false, "LTAI5t": false, "LTAI5tAb": true, "key LTAI5tAbCd.": true, "ltai5tabcd": false, "xLTAI5tAbCd": true,
		"STS.": false, "STS.NUab": true, "a/STS.NUab/b": true, "STSxNUab": false, "HF_TOKEN=x": false,
	} {
		if got := HoldsCredential(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func TestRedactorArgs(t *testing.T) {
	t.Parallel()
	var r Redactor
	r.Add("abcdef")
	argv := []string{"eas", "--token", "abcdef", "", "HF_TOKEN=x y", `{"name":"HF_TOKEN","value":"a b"}`}
	before := slices.Clone(argv)
	want := []string{"eas", "--token", "REDACTED", "", "HF_TOKEN=REDACTED y", `{"name":"HF_TOKEN","value":"REDACTED"}`}
	if got := r.Args(argv); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(argv, before) {
		t.Errorf("the caller's became %q", argv)
	}
	if got := r.Args(nil); len(got) != 0 {
		t.Errorf("no arguments: got %q", got)
	}
}

// For the race detector: the printer reads while a step teaches.
func TestRedactorConcurrent(t *testing.T) {
	t.Parallel()
	var r Redactor
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 50 {
				value := fmt.Sprintf("value-%d-%d.", i, j)
				r.Add(value)
				if got := r.Text("<" + value + ">"); got != "<REDACTED>" {
					t.Errorf("%s: got %s", value, got)
				}
				if !r.Holds([]byte(value)) {
					t.Errorf("does not hold %s", value)
				}
			}
		})
	}
	wg.Wait()
}

const taught = "s3cret-value"

// wantSettled checks what must hold for every text: nothing taught is left, and there is nothing to do twice.
func wantSettled(t *testing.T, r *Redactor, text string) {
	t.Helper()
	once := r.Text(text)
	if twice := r.Text(once); twice != once {
		t.Errorf("%q\n once %q\ntwice %q", text, once, twice)
	}
	if r.Holds([]byte(once)) {
		t.Errorf("%q: a value is left in %q", text, once)
	}
}

func TestRedactTwice(t *testing.T) {
	t.Parallel()
	// The words of the patterns and what may stand between them, in any order.
	pieces := []string{
		"Authorization", "AccessKeyId", "Password", "token", "secret", "Signature=", "TOKEN_X=", `SecurityToken":"`, `"AccessToken"`,
		`"name":"HF_TOKEN"`, `"name"`, `"value"`, `"value":"x"`, "https://a/b?", "http://", "LTAI5tabcd", "STS.abcde", Redacted, taught,
		":", "=", `"`, `\"`, `\`, ",", "&", "?", "{", "}", "'", " ", "\n", "\t", "x", "é", "\xff",
	}
	var r Redactor
	r.Add(taught)
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		wantSettled(t, &r, b.String())
		if t.Failed() {
			return
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{
		"", "x" + taught + "y", "Authorization: " + taught, `{"name":"HF_TOKEN","value":"x"}`, `{"value":"x\"","name":"TOKEN"}`, `"value" : "x" , "name" : "secret"`,
		"https://h/?a=b&AccessKeyId=c", "Password:=,", `AccessToken\":\"x\"`, "STS.LTAI5tabcd", "token=Authorization:LTAI1234", "A_TOKEN=\xff&", "\x1b[31mSignature=x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r Redactor
		r.Add(taught)
		wantSettled(t, &r, text)
	})
}
