package runner

import (
	"slices"
	"testing"
)

func TestChildEnv(t *testing.T) {
	t.Parallel()
	forced := []string{"NO_COLOR=1", "ALIBABA_CLOUD_THROTTLING_RETRY_ENABLED=false"}
	for _, tt := range []struct {
		name   string
		parent []string
		mock   bool
		want   []string // beside what is forced
	}{
		{"nothing", nil, false, nil},
		{"credentials and proxies pass",
			[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=a", "ALIBABA_CLOUD_PROFILE=p", "HTTPS_PROXY=http://p:1", "HOME=/h", "PATH=/b"}, false,
			[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=a", "ALIBABA_CLOUD_PROFILE=p", "HTTPS_PROXY=http://p:1", "HOME=/h", "PATH=/b"}},
		{"as they are", []string{"A=", "B=x=y", "C=a b\nc", "D"}, false, []string{"A=", "B=x=y", "C=a b\nc", "D"}},
		{"forced", []string{"NO_COLOR=yes", "NO_COLOR=", "ALIBABA_CLOUD_THROTTLING_RETRY_ENABLED=true"}, false, nil},
		{"dropped", []string{"DEBUG=sdk", "COMP_LINE=a", "COMP_POINT=1", "GENERATE_METADATA=1", "DEBUG"}, false, nil},
		{"only whole names", []string{"DEBUGGER=1", "MY_DEBUG=1", "NO_COLORS=1", "debug=1"}, false, []string{"DEBUGGER=1", "MY_DEBUG=1", "NO_COLORS=1", "debug=1"}},
		{"mock", []string{"ALIBABA_CLOUD_CLI_MOCK=true", "ALIBABA_CLOUD_CLI_MOCK_PATH=/m"}, false, nil},
		{"mock on request", []string{"ALIBABA_CLOUD_CLI_MOCK=true", "ALIBABA_CLOUD_CLI_MOCK_PATH=/m", "DEBUG=sdk"}, true,
			[]string{"ALIBABA_CLOUD_CLI_MOCK=true", "ALIBABA_CLOUD_CLI_MOCK_PATH=/m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(tt.parent)
			got, want := childEnv(tt.parent, tt.mock), slices.Concat(tt.want, forced)
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if !slices.Equal(tt.parent, before) {
				t.Errorf("the parent's became %q, was %q", tt.parent, before)
			}
		})
	}
}
