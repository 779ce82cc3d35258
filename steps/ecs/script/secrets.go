package script

import (
	"regexp"
	"strings"
	"sync"
)

// secretForm is a text that is a secret wherever it stands.
type secretForm struct {
	// hints are what stands in every such text, in lower case: a line without any is not looked at any closer.
	hints string
	form  *regexp.Regexp
	what  string
}

// secretForms are what secrets look like. Values that are variables, substitutions or placeholders are none.
var secretForms = sync.OnceValue(func() []secretForm {
	return []secretForm{
		{"ltai", regexp.MustCompile(`\bLTAI[A-Za-z0-9]{10,}`), "an AccessKey ID of Alibaba Cloud"},
		{"sts.", regexp.MustCompile(`\bSTS\.[A-Za-z0-9]{10,}`), "a temporary AccessKey ID of Alibaba Cloud"},
		{"akia asia", regexp.MustCompile(`\bA(KI|SI)A[0-9A-Z]{16}\b`), "an access key of another cloud"},
		{"private", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), "a private key"},
		{"ghp_ gho_ ghu_ ghs_ ghr_", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{20,}`), "an access token"},
		{"github_pat_ glpat-", regexp.MustCompile(`\b(github_pat_|glpat-)[\w-]{16,}`), "an access token"},
		{"hf_ npm_ xox sk- pypi-", regexp.MustCompile(`\b(hf_\w{20,}|npm_\w{30,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|pypi-[\w-]{30,})`), "an access token"},
		{"eyj", regexp.MustCompile(`\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.`), "a JSON web token"},
		{"bearer authorization", regexp.MustCompile(`(?i)\b(bearer|authorization:\s*basic)\s+[\w.+/=-]{12,}`), "the credentials of a request"},
		{"://", regexp.MustCompile(`://[^/\s:@"'$]+:[^/\s@"'${<*]+@`), "a password in an address"},
		{"curl wget", regexp.MustCompile(`(?i)\b(curl|wget)\b.*\s(-u|--user|--http-password|--password)[ =]?["']?[\w.@-]+:[^\s"'${<*]{3,}`), "a password on a command line"},
		{"sshpass", regexp.MustCompile(`(?i)\bsshpass\s+-p\s*["']?[^\s"'$]{3,}`), "a password on a command line"},
		{"mysql mariadb", regexp.MustCompile(`(?i)\b(mysql|mysqldump|mysqladmin|mariadb)\s(.*\s)?-p[^\s"'$]{3,}`), "a password on a command line"},
	}
})

// assigned finds a name that says secret, and the value it gets: NAME=value, name: value, --name value.
var assigned = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)([\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?(?:[_-][\w-]*)?|[\w-]*_pwd|pwd)` +
		`["']?(?:\s*[:=]\s*|\s+)(["']?)([^\s"',;&|]+)`)
})

// names are what stands in every name that assigned finds.
const names = "passw passphrase secret token key credential pwd"

// hinted reports whether lower has one of the words of hints in it.
func hinted(lower, hints string) bool {
	for hint := range strings.FieldsSeq(hints) {
		if strings.Contains(lower, hint) {
			return true
		}
	}
	return false
}

// notSecret are ends of names whose values are about a secret and not one; notValue are values that are none.
var (
	notSecret = []string{"_file", "-file", "_path", "-path", "_dir", "_url", "-url", "_uri", "_endpoint", "_length", "_len", "_name", "-name", "_type", "_expiry", "_ttl", "-stdin", "oldpwd", "tokens"}
	notValue  = []string{"true", "false", "yes", "no", "none", "null", "nil", "changeme", "secret", "password", "token", "auto", "random", "string", "str"}
)

// findSecrets are the lines that look as if they held a secret. They are told by number alone.
func findSecrets(lines []string) []Sign {
	var signs []Sign
	for i, line := range lines {
		if what, ok := secretIn(line); ok {
			signs = append(signs, Sign{Line: i + 1, What: "looks like " + what})
		}
	}
	return signs
}

func secretIn(line string) (string, bool) {
	lower := strings.ToLower(line)
	for _, s := range secretForms() {
		if hinted(lower, s.hints) && s.form.MatchString(line) {
			return s.what, true
		}
	}
	if !hinted(lower, names) {
		return "", false
	}
	for _, m := range assigned().FindAllStringSubmatchIndex(line, -1) {
		name, value := line[m[2]:m[3]], line[m[6]:m[7]]
		// A space between them makes an argument of a flag, and a sentence of anything else.
		glued := strings.TrimLeft(line[m[3]:m[6]], `"' `) != ""
		if (glued || strings.HasPrefix(name, "--")) && isSecret(name, value) {
			return "the value of a " + kind(name), true
		}
	}
	return "", false
}

// isSecret reports whether value, given to name, is one that nobody should see.
func isSecret(name, value string) bool {
	name, value = strings.ToLower(name), strings.ToLower(value)
	for _, end := range notSecret {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	for _, v := range notValue {
		if value == v {
			return false
		}
	}
	if name == "pwd" && strings.HasPrefix(value, "/") {
		return false
	}
	// A variable, a placeholder, a path, a call, or nothing to speak of.
	return len(value) >= 4 && !strings.ContainsAny(value[:1], "$`<{[(/.*%=-") && !strings.ContainsAny(value, "($`") && strings.Trim(value, "x*.") != ""
}

// kind is a name for people of what a name says.
func kind(name string) string {
	lower := strings.ToLower(name)
	for _, k := range []struct{ part, name string }{
		{"pass", "password"}, {"pwd", "password"}, {"token", "token"}, {"credential", "credential"}, {"secret", "secret"},
	} {
		if strings.Contains(lower, k.part) {
			return k.name
		}
	}
	return "key"
}
