package service

import (
	"encoding/json"
	"strings"
)

// SARIF returns the findings about files as SARIF 2.1.0, which code scanners read.
func SARIF(version string, files []FileFindings) ([]byte, error) {
	type text struct {
		Text string `json:"text"`
	}
	type level struct {
		Level string `json:"level"`
	}
	type rule struct {
		ID      string `json:"id"`
		Short   text   `json:"shortDescription"`
		Default level  `json:"defaultConfiguration"`
		Props   any    `json:"properties"`
	}
	type region struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndColumn   int `json:"endColumn"`
	}
	type artifact struct {
		URI string `json:"uri"`
	}
	type physical struct {
		Artifact artifact `json:"artifactLocation"`
		Region   region   `json:"region"`
	}
	type logical struct {
		Name string `json:"fullyQualifiedName"`
	}
	type location struct {
		Physical physical  `json:"physicalLocation"`
		Logical  []logical `json:"logicalLocations"`
	}
	type result struct {
		RuleID    string     `json:"ruleId"`
		RuleIndex int        `json:"ruleIndex"`
		Level     string     `json:"level"`
		Message   text       `json:"message"`
		Locations []location `json:"locations"`
	}
	type driver struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Rules   []rule `json:"rules"`
	}
	type tool struct {
		Driver driver `json:"driver"`
	}
	type run struct {
		Tool    tool     `json:"tool"`
		Columns string   `json:"columnKind"`
		Results []result `json:"results"`
	}
	type log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []run  `json:"runs"`
	}

	d := driver{Name: "aligate", Version: version}
	index := map[string]int{}
	for i, r := range Rules {
		index[r.ID] = i
		d.Rules = append(d.Rules, rule{r.ID, text{r.Summary}, level{r.Severity.String()}, map[string]any{"source": r.Source, "scope": r.Scope}})
	}
	results := []result{}
	for _, file := range files {
		for _, f := range file.Findings {
			results = append(results, result{strings.Replace(f.Rule, ".", "/", 1), index[base(f.Rule)], f.Severity.String(), text{f.Path + " " + f.Sentence()}, []location{{
				physical{artifact{file.URI}, region{f.Line, f.Column, f.EndColumn}}, []logical{{f.Path}},
			}}})
		}
	}
	return json.MarshalIndent(log{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []run{{tool{d}, "unicodeCodePoints", results}},
	}, "", "  ")
}

// FileFindings are the findings about one file.
type FileFindings struct {
	// URI is the file's name as a relative reference.
	URI      string
	Findings Findings
}
