package scannersdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// excluded is what is never scanned: addresses, and ports of some of the others.
type excluded struct {
	addresses targetSet
	ports     []excludedPorts
}

type excludedPorts struct {
	targets targetSet
	ports   []int
}

// excludeFields are what jobs and control messages have alike.
type excludeFields struct {
	ExcludeTarget jsonText         `json:"exclude_target"`
	ExcludePorts  excludePortsList `json:"exclude_ports"`
}

type excludePortsEntry struct {
	Target jsonText `json:"target"`
	Ports  jsonText `json:"ports"`
}

// excludePortsList is a list of JSON that is not null, and whose entries have a target: what cannot be read is not
// none.
type excludePortsList []excludePortsEntry

func (l *excludePortsList) UnmarshalJSON(value []byte) error {
	if string(value) == "null" {
		return errors.New("null is not a list")
	}
	if err := json.Unmarshal(value, (*[]excludePortsEntry)(l)); err != nil {
		return err
	}
	if len(*l) > maxExcludePorts {
		return fmt.Errorf("exclude_ports has more than %d entries", maxExcludePorts)
	}
	for _, each := range *l {
		if each.Target == "" {
			return errors.New("an entry of exclude_ports has no target")
		}
	}
	return nil
}

// toExcluded fails for what cannot be read.
func (f *excludeFields) toExcluded(parse func(string) (targetSet, error)) (read excluded, err error) {
	if read.addresses, err = parse(string(f.ExcludeTarget)); err != nil {
		return read, err
	}
	for _, each := range f.ExcludePorts {
		targets, err := parseTargets(string(each.Target))
		if err != nil {
			return read, err
		}
		ports, err := parsePorts(string(each.Ports))
		if err != nil {
			return read, err
		}
		read.ports = append(read.ports, excludedPorts{targets, ports})
	}
	return read, nil
}

// has is true for a text that is not an address.
func (e *excluded) has(ip string) bool {
	address, err := parseAddress(ip)
	return err != nil || e.addresses.has(address)
}

// portsLeft gives those of an address's ports that may be scanned.
func (e *excluded) portsLeft(ip string, ports []int) []int {
	if len(e.ports) == 0 {
		return ports
	}
	address, err := parseAddress(ip)
	if err != nil {
		return nil
	}
	left := ports
	for _, each := range e.ports {
		if each.targets.has(address) {
			left = slices.DeleteFunc(slices.Clone(left), func(port int) bool {
				_, isExcluded := slices.BinarySearch(each.ports, port)
				return isExcluded
			})
		}
	}
	return left
}

// excludedNow is what the last control message excludes, for jobs that were sent before it. Without a repeat it
// ends. Pure.
type excludedNow struct {
	said     string
	excluded excluded
	until    time.Time
}

// note is true if it says something else than the one before. It keeps the one before if it cannot be read.
func (e *excludedNow) note(said excludeFields, now time.Time) (isNew bool, err error) {
	text := fmt.Sprintf("%q", said)
	if isNew = text != e.said || !now.Before(e.until); isNew {
		read, err := said.toExcluded(parseTargets)
		if err != nil {
			return false, err
		}
		e.excluded = read
	}
	e.said, e.until = text, now.Add(pauseHolds)
	return isNew, nil
}

// portsLeft gives what of these ports may be scanned now: none of an address that is excluded.
func (e *excludedNow) portsLeft(ip string, ports []int, now time.Time) []int {
	switch {
	case !now.Before(e.until):
		return ports
	case e.excluded.has(ip):
		return nil
	}
	return e.excluded.portsLeft(ip, ports)
}
