package runner

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
)

// Class is what a failure means for what comes next (eas-facts D).
type Class string

// The classes. Those of an APIError come from its code, the others from the kind of error or from a fixed
// fragment of the CLI's own messages.
const (
	Unclassified Class = ""
	Missing      Class = "missing"        // aliyun is not on PATH or not executable
	Unstarted    Class = "not started"    // aliyun could not be started for another reason
	TooLong      Class = "too long"       // the argv is larger than the system allows
	Config       Class = "config"         // broken configuration, or no usable profile: no call can work
	Unsaved      Class = "unsaved"        // configure set has no profile to write to; environment credentials may still work
	PluginGone   Class = "plugin missing" // the plugin of a product is not installed, or broken
	BadForce     Class = "bad force flag" // plugin install rejects --force
	Usage        Class = "usage"          // an argument the CLI or a plugin does not know
	Policy       Class = "safety policy"  // the user's own policy of the CLI does not let it through
	Endpoint     Class = "endpoint"       // the CLI knows no endpoint for product and region
	Throttled    Class = "throttled"      // refused for now; nothing was done
	Denied       Class = "denied"         // no permission
	Credentials  Class = "credentials"    // key, signature or token not accepted
	Exists       Class = "exists"         // conflict: the thing is already there
	NotFound     Class = "not found"      // the thing named is not there
	Server       Class = "server"         // 5xx, or a proxy's page: may have been done
	Timeout      Class = "timeout"        // no answer in time: may have been done
	NotSent      Class = "not sent"       // the connection could not be made
	Broken       Class = "broken"         // the connection broke: may have been done
	BadOutput    Class = "bad output"     // exit 0 without a usable reply: may have been done
	Killed       Class = "killed"         // the child was killed, or died without a word: may have been done
	Stopped      Class = "stopped"        // the user asked to stop
	Unrecorded   Class = "unrecorded"     // a replay was asked for a call that the recording does not have
)

// brokenConfig is what the CLI prints, with exit 0, when it cannot read its configuration (eas-facts D13).
const brokenConfig = "load current configuration failed"

// codeRules classify the code of an APIError: the first row whose pattern fits. A pattern is a whole code, or a
// prefix if it ends in "*", or a fragment if it begins and ends in "*".
var codeRules = []struct {
	pattern string
	class   Class
}{
	{"Throttling*", Throttled},
	{"Forbidden*", Denied},
	{"NoPermission*", Denied},
	{"Unauthorized*", Denied},
	{"AccessDenied*", Denied},
	{"InvalidAccessKeyId*", Credentials},
	{"SignatureDoesNotMatch*", Credentials},
	{"IncompleteSignature*", Credentials},
	{"InvalidSecurityToken*", Credentials},
	{"MissingSecurityToken*", Credentials},
	{"*Conflict*", Exists},
	{"*AlreadyExist*", Exists},
	{"*NotFound*", NotFound},
	{"*NotExist*", NotFound},
	{"InternalError*", Server},
	{"InternalServerError*", Server},
	{"ServiceUnavailable*", Server},
	{"ServiceTimeout*", Server},
}

// statusRules classify by HTTP status, where one is told.
var statusRules = map[int]Class{401: Credentials, 403: Denied, 404: NotFound, 409: Exists, 429: Throttled}

// textRules classify the CLI's own messages: stderr must hold the fragment. They are kept short and come from
// captured messages (eas-facts D, samples); a service's message never gets here.
var textRules = []struct {
	fragment string
	class    Class
}{
	{brokenConfig, Config},
	{"unknown profile ", Config},
	{"is not configure yet", Config},
	{"fail to set configuration: ", Unsaved},
	{"region can't be empty", Config},
	{"is not configured for profile", Config},
	{"invalid flag --force", BadForce},
	{"is not a valid product", PluginGone},
	{"is not a valid built-in product", PluginGone},
	{"is required for command", PluginGone},
	{"plugin binary not found at", PluginGone},
	{"failed to read local plugin manifest", PluginGone},
	{"operation blocked by safety policy", Policy},
	{"Safety policy requires confirmation", Policy},
	{"operation cancelled by user", Policy},
	{"\u64cd\u4f5c\u88ab\u5b89\u5168\u7b56\u7565\u62d2\u7edd", Policy}, // the same, with the language of the profile set to zh
	{"\u5b89\u5168\u7b56\u7565\u8981\u6c42\u786e\u8ba4", Policy},
	{"unknown endpoint for", Endpoint},
	{"is not a valid parameter or flag", Usage},
	{"is not a valid api", Usage},
	{"is not a valid command", Usage},
	{"unknown flag", Usage},
	{"parse failed", Usage},
	{"invalid flag", Usage},
	{"Client.Timeout exceeded", Timeout},
	{"[SDK.TimeoutError]", Timeout},
	{"connection refused", NotSent},
	{"no such host", NotSent},
	{"proxyconnect", NotSent},
	{"first record does not look like a TLS handshake", NotSent},
	{"tls: failed to verify", NotSent},
	{"tls: handshake", NotSent},
	{"x509: ", NotSent},
	{"dial tcp", NotSent}, // whatever else: the connection was not made
	{"i/o timeout", Timeout},
	{"connection reset", Broken},
	{"EOF", Broken},
	{"broken pipe", Broken},
}

// ClassOf classifies err.
func ClassOf(err error) Class {
	var (
		start       *StartError
		lock        *LockError
		deadline    *DeadlineError
		interrupted *InterruptedError
		output      *OutputError
		exit        *ExitError
	)
	switch {
	case err == nil:
		return Unclassified
	case errors.As(err, &start):
		switch {
		case errors.Is(err, syscall.E2BIG):
			return TooLong
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, exec.ErrNotFound), errors.Is(err, syscall.ENOEXEC):
			return Missing
		}
		return Unstarted
	case errors.As(err, &lock):
		return Unstarted
	case errors.As(err, &deadline):
		return Timeout
	case errors.Is(err, ErrUnrecorded):
		return Unrecorded
	case errors.As(err, &interrupted), errors.Is(err, context.Canceled):
		return Stopped
	case errors.As(err, &output):
		if strings.Contains(string(output.Result.Stderr), brokenConfig) {
			return Config
		}
		return BadOutput
	case errors.As(err, &exit):
		return classOfExit(exit)
	}
	return Unclassified
}

func classOfExit(e *ExitError) Class {
	if e.API != nil {
		return classOfAPI(e.API)
	}
	if e.Result.Signal != "" {
		return Killed
	}
	said := string(stripANSI(e.Result.Stderr))
	for _, rule := range textRules {
		if strings.Contains(said, rule.fragment) {
			return rule.class
		}
	}
	// 255 without a word is how aliyun passes on a plugin that a signal ended (eas-facts D24).
	if e.Result.ExitCode >= 128 && strings.TrimSpace(said) == "" {
		return Killed
	}
	return Unclassified
}

func classOfAPI(api *APIError) Class {
	for _, rule := range codeRules {
		if matchCode(rule.pattern, api.Code) {
			return rule.class
		}
	}
	if class, ok := statusRules[api.Status]; ok {
		return class
	}
	switch {
	case api.Status >= 500:
		return Server
	// No code at all is a proxy's page in the place of an answer (eas-facts D10).
	case api.Code == "":
		return Server
	// The service's wording for a duplicate name, under whatever code (eas-facts D1).
	case strings.Contains(strings.ToLower(api.Message), "already exist"):
		return Exists
	}
	return Unclassified
}

func matchCode(pattern, code string) bool {
	switch {
	case strings.HasPrefix(pattern, "*"):
		return strings.Contains(code, strings.Trim(pattern, "*"))
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(code, strings.TrimSuffix(pattern, "*"))
	}
	return pattern == code
}

// doubtful are the classes after which a Mutates command may or may not have taken effect.
var doubtful = map[Class]bool{Server: true, Timeout: true, Broken: true, BadOutput: true, Killed: true, Stopped: true}

// Doubtful reports whether a Mutates command that failed with err may have taken effect all the same. A failure
// that carries neither a code of the service nor a message we know counts as doubtful.
func Doubtful(err error) bool {
	class := ClassOf(err)
	if class == Unclassified {
		return err != nil && API(err) == nil
	}
	var interrupted *InterruptedError
	if errors.As(err, &interrupted) {
		return interrupted.Started
	}
	return doubtful[class]
}
