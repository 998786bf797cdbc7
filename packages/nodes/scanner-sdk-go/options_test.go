package scannersdk

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestTheOptionsComeFromTheEnvironment(t *testing.T) {
	t.Setenv("NODE_ID", "n")
	t.Setenv("POOLS", "a, b")
	t.Setenv("SCAN_SCOPE", "")
	options, err := OptionsFromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	options = options.withDefaults()
	if options.Version != "go-sdk/"+Version || !slices.Equal(options.Methods, []string{"connect"}) {
		t.Errorf("%+v", options)
	}
	if options.NodeID != "n" || !slices.Equal(options.Pools, []string{"a", "b"}) || options.Scope != defaultScope {
		t.Errorf("%+v", options)
	}
}

func TestOptionsThatAreNotValidAreNamed(t *testing.T) {
	t.Setenv("CAPACITY", "x")
	if _, err := OptionsFromEnvironment(); err == nil || !strings.Contains(err.Error(), "CAPACITY") {
		t.Error(err)
	}
	options := Options{NodeID: "a b", Pools: []string{"A"}, Methods: []string{"n m"}, Capacity: 9_501,
		Scope: "127.1", Lease: 1, RabbitMQURL: "a"}
	err := Run(context.Background(), options, nil)
	for _, name := range []string{"NodeID", "pool", "method", "Capacity", "Scope", "Lease", "RabbitMQURL"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in %v", name, err)
		}
	}
}
