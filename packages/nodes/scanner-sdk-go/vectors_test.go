package scannersdk

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// vector is one of packages/contracts/vectors/node.
type vector struct {
	Name       string
	Text       *string
	Unreadable bool
	Inside     []string
	Outside    []string
	Ports      []int
	Scope      string
	Body       json.RawMessage
	Becomes    json.RawMessage
}

func eachVector(t *testing.T, file string, check func(t *testing.T, each vector)) {
	text, err := os.ReadFile("../../contracts/vectors/node/" + file + ".json")
	var read struct{ Vectors []vector }
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil || len(read.Vectors) == 0 {
		t.Fatal(err, len(read.Vectors))
	}
	for _, each := range read.Vectors {
		t.Run(each.Name, func(t *testing.T) { check(t, each) })
	}
}

func checkAddresses(t *testing.T, each vector, err error, has func(ip string) bool) {
	if (err != nil) != each.Unreadable {
		t.Fatal(err)
	}
	for i, ip := range append(each.Inside, each.Outside...) {
		if isInside := i < len(each.Inside); has(ip) != isInside {
			t.Errorf("%s: %v", ip, !isInside)
		}
	}
}

func TestVectorsOfTargets(t *testing.T) {
	eachVector(t, "targets", func(t *testing.T, each vector) {
		targets, err := parseTargets(*each.Text)
		checkAddresses(t, each, err, func(ip string) bool {
			address, err := parseAddress(ip)
			return err == nil && targets.has(address)
		})
	})
}

func TestVectorsOfScopes(t *testing.T) {
	eachVector(t, "scopes", func(t *testing.T, each vector) {
		scope, err := parseScope(*each.Text)
		checkAddresses(t, each, err, scope.allows)
	})
}

func TestVectorsOfPorts(t *testing.T) {
	eachVector(t, "ports", func(t *testing.T, each vector) {
		ports, err := parsePorts(*each.Text)
		if (err != nil) != each.Unreadable || !slices.Equal(ports, each.Ports) {
			t.Error(ports, err)
		}
	})
}

func TestVectorsOfJobs(t *testing.T) {
	eachVector(t, "jobs", func(t *testing.T, each vector) {
		body := []byte(each.Body)
		if each.Text != nil {
			body = []byte(*each.Text)
		}
		becomes, _ := json.Marshal(take(each.Scope, body))
		var due any
		json.Unmarshal(each.Becomes, &due)
		if want, _ := json.Marshal(due); string(becomes) != string(want) {
			t.Errorf("%s, due is %s", becomes, want)
		}
	})
}

// take says what becomes of each subtask of a job: scan or the code of its failure; rejected of all together.
func take(scope string, body []byte) any {
	n := newNode(context.Background(), Options{Scope: scope}.withDefaults(), nil)
	n.isDraining = true // Nothing starts.
	job, err := n.jobs.read(body)
	if err != nil {
		return "rejected"
	}
	n.claimJob(job, amqp.Delivery{})
	becomes := []string{}
	for _, each := range n.outbox.unconfirmed() {
		if each.Status == "ASSIGNED" {
			becomes = append(becomes, "scan")
		} else {
			becomes = append(becomes, each.ErrorInfo.ErrorCode)
		}
	}
	return becomes
}
