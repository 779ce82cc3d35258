package eas

import (
	"fmt"
	"slices"
	"strings"

	"aligate/steps"
	"aligate/steps/eas/catalog"
)

// chooseImage turns what the user asked for into a URI. A URI is used as it is, or refused if it names an
// official image that does not exist (rule R26); words choose the best official image that has them all.
func chooseImage(env *steps.Env, all []catalog.Image, asked string) (catalog.Image, error) {
	if !strings.Contains(asked, "/") {
		if im, ok := catalog.ImageOfWords(all, asked); ok {
			return im, nil
		}
		return catalog.Image{}, unlisted(asked, "fits none of the official images", catalog.NearestImages(all, asked), "all of them are in the gate file of eas images")
	}
	if im, ok := catalog.FindImage(all, asked); ok {
		return im, nil
	}
	if !catalog.Official(asked) {
		env.Warn("CustomImage", "%s is not an official image; whether it exists and can be pulled was not checked", asked)
		return catalog.Image{ImageURI: asked}, nil
	}
	near := catalog.NearestImages(all, asked)
	if env.Values.Is("allow-unlisted-image") {
		env.Warn("ImageNotListed", "%s is not among the %d official images of the region; the nearest: %s", asked, len(all), strings.Join(near, ", "))
		return catalog.Image{ImageURI: asked}, nil
	}
	return catalog.Image{}, unlisted(asked, "is not among the official images of the region", near,
		"or go on all the same with --allow-unlisted-image")
}

func unlisted(asked, what string, near []string, more ...string) error {
	e := steps.Usage(steps.Problem{Where: "--image", What: fmt.Sprintf("%q %s", asked, what), Rule: "R26"})
	e.Code = "ImageNotListed"
	for _, uri := range near {
		e.Hints = append(e.Hints, "nearest: --image "+uri)
	}
	e.Hints = append(e.Hints, more...)
	return e
}

// chooseTypes checks the instance types and, for an image that needs a GPU on a type without one, takes another
// in its place (rules R55 and R56). switched are the types that were asked for and are not used.
func chooseTypes(env *steps.Env, all []catalog.Type, family catalog.Family, asked []string) (kinds, switched []string, err error) {
	for _, kind := range asked {
		if family.GPU && catalog.ChipOfType(all, kind) == "CPU" {
			gpu, ok := catalog.ChooseGPU(all)
			if !ok {
				return nil, nil, &steps.Error{Code: "NoGPUType", Exit: steps.ExitInvalid,
					Message: fmt.Sprintf("%s does not run on the CPU type %s, and no GPU type is available in the region", family.Name, kind),
					Hints:   []string{"choose another region, or ask again later: " + env.Command("eas specs")}}
			}
			env.Warn("SwitchedToGPU", "%s does not run on the CPU type %s; %s was taken instead (%s x %s)", family.Name, kind, gpu.InstanceType, gpu.GPU, gpu.GPUModel)
			switched = append(switched, kind)
			kind = gpu.InstanceType
		} else {
			warnOfType(env, all, kind)
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds, switched, nil
}

// warnOfType is rule R55.
func warnOfType(env *steps.Env, all []catalog.Type, kind string) {
	found, ok := catalog.FindType(all, kind)
	if ok && found.Available {
		return
	}
	near := strings.Join(catalog.NearestTypes(all, kind), ", ")
	if !ok {
		env.Warn("TypeNotListed", "instance type %s is not among the %d types of the region; the nearest: %s", kind, len(all), near)
		return
	}
	env.Warn("TypeUnavailable", "instance type %s is not available now (%s); available ones like it: %s", kind, found.Stock, near)
}
