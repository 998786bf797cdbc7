package scannersdk

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Options say what a node needs to know. The zero value of a field means its default.
type Options struct {
	// RabbitMQURL is amqp://user:password@host1:5672,host2:5672/vhost, or amqps://, with one host or several of one
	// cluster. Default: amqp://127.0.0.1.
	RabbitMQURL string
	// NodeID is the node's name: the same after a restart, unique in the fleet. Where the server checks it
	// (CHECK_NODE_USERS), it is the RabbitMQ user of the URL, or begins with it and a dot. Default: host and process id.
	NodeID string
	// Pools are the pools whose jobs the node takes. Default: default.
	Pools []string
	// Capacity is how many addresses are scanned at once, 1 to 9,500. Default: 64.
	Capacity int
	// Scope lists the networks that may be scanned; ! before a network excludes it. Any other address is refused,
	// whatever the jobs say. Default: loopback.
	Scope string
	// Methods are those that your function scans by; its target says which one is asked for. A job of any other method
	// goes to another node: your function is never called for it. Default: connect.
	Methods []string
	// Version is that of your program, at most 50 characters, shown by `cyberstroll node list`. Default: that of the
	// SDK, such as go-sdk/0.1.0.
	Version string
	// HeartbeatInterval is the time between heartbeats. Default: 5 s.
	HeartbeatInterval time.Duration
	// Lease is how long the node may hold its claims after the last heartbeat that the broker confirmed; then it gives
	// them all up. No more than the server's HEARTBEAT_TIMEOUT_MS: after that time others get the work. Default: 15 s.
	Lease time.Duration
	// ConsumerTimeout is RabbitMQ's consumer_timeout. A job that finds no free slot for five sixths of it goes back to
	// the queue. Default: 30 minutes.
	ConsumerTimeout time.Duration
	// Flush is how long updates are gathered before they are sent. Default: 50 ms.
	Flush time.Duration
	// DrainTimeout is how long running scans may take to end when the node stops; then they are cancelled and handed
	// back. Default: 5 s. Negative: they are cancelled at once.
	DrainTimeout time.Duration
}

// OptionsFromEnvironment reads the variables of the node contract: RABBITMQ_URL, NODE_ID, POOLS, CAPACITY, SCAN_SCOPE,
// HEARTBEAT_INTERVAL_MS, LEASE_MS and DRAIN_TIMEOUT_MS. A variable that is empty counts as absent. All that are not
// valid are in one error.
func OptionsFromEnvironment() (Options, error) {
	var problems []error
	number := func(name string) int {
		text := os.Getenv(name)
		if text == "" {
			return 0
		}
		value, err := strconv.Atoi(text)
		if err != nil || value < 0 {
			problems = append(problems, fmt.Errorf("%s must be a whole number, not %q", name, text))
		}
		return value
	}
	milliseconds := func(name string) time.Duration { return time.Duration(number(name)) * time.Millisecond }
	options := Options{
		RabbitMQURL:       os.Getenv("RABBITMQ_URL"),
		NodeID:            os.Getenv("NODE_ID"),
		Pools:             splitList(os.Getenv("POOLS")),
		Capacity:          number("CAPACITY"),
		Scope:             os.Getenv("SCAN_SCOPE"),
		HeartbeatInterval: milliseconds("HEARTBEAT_INTERVAL_MS"),
		Lease:             milliseconds("LEASE_MS"),
		DrainTimeout:      milliseconds("DRAIN_TIMEOUT_MS"),
	}
	if os.Getenv("DRAIN_TIMEOUT_MS") == "0" {
		options.DrainTimeout = -1
	}
	return options, errors.Join(problems...)
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$`)
	poolForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,49}$`)
)

func (o Options) withDefaults() Options {
	orElse(&o.RabbitMQURL, "amqp://127.0.0.1")
	orElse(&o.NodeID, makeNodeID())
	orElse(&o.Capacity, 64)
	orElse(&o.Scope, defaultScope)
	orElse(&o.HeartbeatInterval, 5*time.Second)
	orElse(&o.Lease, 15*time.Second)
	orElse(&o.ConsumerTimeout, 30*time.Minute)
	orElse(&o.Flush, 50*time.Millisecond)
	orElse(&o.DrainTimeout, 5*time.Second)
	orElse(&o.Version, "go-sdk/"+Version)
	if len(o.Pools) == 0 {
		o.Pools = []string{"default"}
	}
	if len(o.Methods) == 0 {
		o.Methods = []string{"connect"}
	}
	return o
}

func (o Options) check() error {
	var problems []error
	check := func(isGood bool, problem string, values ...any) {
		if !isGood {
			problems = append(problems, fmt.Errorf(problem, values...))
		}
	}
	check(nameForm.MatchString(o.NodeID), "NodeID must be 1 to 100 letters, digits or . _ : @ -, not %q", o.NodeID)
	check(len(o.Pools) <= 50, "Pools has %d names, 50 are allowed", len(o.Pools))
	for _, pool := range o.Pools {
		check(poolForm.MatchString(pool), "a pool must be 1 to 50 lower-case letters, digits, - or _, not %q", pool)
	}
	check(len(o.Methods) <= maxMethods, "Methods has %d names, %d are allowed", len(o.Methods), maxMethods)
	for _, method := range o.Methods {
		check(poolForm.MatchString(method), "a method must be 1 to 50 lower-case letters, digits, - or _, not %q", method)
	}
	check(o.Capacity >= 1 && o.Capacity <= maxCapacity, "Capacity must be from 1 to %d, not %d", maxCapacity, o.Capacity)
	check(len(o.Version) <= maxVersionLength, "Version has more than %d characters", maxVersionLength)
	check(o.HeartbeatInterval > 0, "HeartbeatInterval must be more than 0")
	check(o.Lease > o.HeartbeatInterval, "Lease must be more than HeartbeatInterval, %s", o.HeartbeatInterval)
	_, err := parseScope(o.Scope)
	check(err == nil, "Scope: %w", err)
	_, err = newBrokerURLs(o.RabbitMQURL)
	check(err == nil, "RabbitMQURL: %w", err)
	return errors.Join(problems...)
}

func orElse[T comparable](field *T, fallback T) {
	var zero T
	if *field == zero {
		*field = fallback
	}
}

func makeNodeID() string {
	host, _ := os.Hostname()
	host = strings.TrimLeft(regexp.MustCompile(`[^A-Za-z0-9.-]`).ReplaceAllString(host, "-"), ".-")
	if len(host) > 80 {
		host = host[:80]
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// splitList splits at commas and white space.
func splitList(text string) []string {
	return strings.Fields(strings.ReplaceAll(text, ",", " "))
}
