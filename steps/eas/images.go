package eas

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aligate/runner"
	"aligate/steps"
	"aligate/steps/eas/catalog"
)

// images is gate 1: the official images, all pages, in eas_images.json.
var images = steps.Step{
	Name:    "images",
	Summary: "gate 1: list the official images",
	Description: "Always runs, even if the image was named: its purpose is validation. Writes eas_images.json, a JSON array of\n" +
		"{ImageId, ImageUri, ImageCategory}.",
	Example:  "aligate eas images && jq length /tmp/eas_images.json",
	Uses:     []string{"region", "profile"},
	Needs:    []string{"check-name"},
	Gate:     &steps.Gate{File: "eas_images.json", Missing: "MISSING: Run Step 2 NOW"},
	Commands: func(v steps.Values) []runner.Command { return []runner.Command{listImages(v)} },
	Run:      runImages,
}

func listImages(v steps.Values) runner.Command {
	return call(v, "aiworkspace", "list-images", "--region", v.One("region"), "--verbose", "true",
		"--labels", "system.official=true,system.supported.eas=true", "--page-size", "50")
}

// imagesFile keeps the images with all that is known of them, for build.
const imagesFile = "images.json"

func runImages(ctx context.Context, env *steps.Env) (steps.Outcome, error) {
	all, err := loadImages(ctx, env)
	if err != nil {
		return steps.Outcome{}, err
	}
	if len(all) == 0 {
		return steps.Outcome{}, &steps.Error{Code: "GateEmpty", Exit: steps.ExitFailed, Message: "the region lists no official image, so the gate stays closed",
			Hints: []string{"check --region"}}
	}
	rows := make([]catalog.Image, len(all))
	for i, im := range all {
		rows[i] = catalog.Image{ImageID: im.ImageID, ImageURI: im.ImageURI, ImageCategory: im.ImageCategory}
	}
	path := gatePath(env, "eas_images.json")
	return steps.Outcome{
		Summary: fmt.Sprintf("saved %d images to %s", len(rows), path),
		Data:    map[string]any{"count": len(rows), "file": path},
		Rows:    rows,
		Files:   map[string]any{imagesFile: all},
	}, nil
}

// loadImages lists the images; if the plugin is the trouble, after installing it again; if that does not help
// either, once more with patience (spec/eas.md, images).
func loadImages(ctx context.Context, env *steps.Env) ([]catalog.Image, error) {
	c := listImages(env.Values)
	all, chatter, err := imagePages(ctx, env, c)
	if fatal(err) || err == nil && !chatter {
		return all, err
	}
	if pluginTrouble(err) || chatter {
		env.Warn("PluginReinstalled", "list-images could not be read, the plugin aiworkspace was installed again")
		in := installer{env: env}
		if err := in.install(ctx, "aiworkspace"); err != nil {
			return nil, err
		}
		if all, _, err = imagePages(ctx, env, c); err == nil || fatal(err) {
			return all, err
		}
	}
	if runner.ClassOf(err) == runner.Timeout {
		return nil, err // the last attempt had the longer timeout already
	}
	c, c.Slow = c.With(slow...), nil
	all, _, err = imagePages(ctx, env, c)
	return all, err
}

// imagePages reads all pages. chatter tells that the CLI printed something before the JSON, which is how it
// looks when it installs the plugin on the way.
func imagePages(ctx context.Context, env *steps.Env, c runner.Command) (all []catalog.Image, chatter bool, err error) {
	all, err = steps.Pages(ctx, func(im catalog.Image) string { return im.ImageID + "\x00" + im.ImageURI }, func(ctx context.Context, page, size int) (steps.Page[catalog.Image], error) {
		got, heard, err := fetchHearing[catalog.Image](ctx, env, "images", numbered(c, page, size))
		chatter = chatter || heard
		return got, err
	})
	return all, chatter, err
}

// pluginTrouble reports whether err looks like a plugin that is missing or broken: the CLI says so, the child
// ended with 4, or something spoke of a parse error (eas-facts D15 to D17, D22, D25).
func pluginTrouble(err error) bool {
	var exit *runner.ExitError
	switch {
	case runner.ClassOf(err) == runner.PluginGone:
		return true
	case errors.As(err, &exit):
		return exit.Result.ExitCode == 4 || strings.Contains(string(exit.Result.Stderr), "parse error")
	}
	var output *runner.OutputError
	return errors.As(err, &output)
}
