package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Job has the fields of the contract that this node uses, and what was read of them.
type Job struct {
	TaskID string `json:"task_id"`
	Scan   struct {
		Ports  string `json:"ports"`
		Method string `json:"method"`
	} `json:"scan"`
	SubtaskTimeout float64   `json:"subtask_timeout"`
	ExcludeTarget  string    `json:"exclude_target"`
	AvoidNode      string    `json:"avoid_node"`
	Subtasks       []Subtask `json:"subtasks"`

	ports    []int
	excluded []func(netip.Addr) bool
	invalid  error
}

type Subtask struct {
	SubtaskID string `json:"subtask_id"`
	IP        string `json:"ip"`
	Attempt   int    `json:"attempt"`
}

// readJob fails if not even the subtasks can be named.
func readJob(body []byte) (*Job, error) {
	job := &Job{}
	err := json.Unmarshal(body, job)
	if err != nil || job.TaskID == "" || len(job.Subtasks) == 0 {
		return nil, errors.Join(err, errors.New("unreadable"))
	}
	for _, part := range split(job.Scan.Ports) {
		first, last := cutRange(part)
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		job.invalid = errors.Join(job.invalid, err1, err2)
		for port := from; port <= to && to <= 65535; port++ {
			job.ports = append(job.ports, port)
		}
	}
	for _, entry := range split(job.ExcludeTarget) {
		covers, err := parseExcluded(entry)
		job.invalid = errors.Join(job.invalid, err)
		job.excluded = append(job.excluded, covers)
	}
	return job, nil
}

func split(text string) []string {
	return strings.Fields(strings.ReplaceAll(text, ",", " "))
}

func cutRange(text string) (first, last string) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	return first, last
}

func parseExcluded(entry string) (func(netip.Addr) bool, error) {
	if network, err := netip.ParsePrefix(entry); err == nil {
		return network.Masked().Contains, nil
	}
	first, last := cutRange(entry)
	if !strings.ContainsAny(last, ".:") {
		last = first[:strings.LastIndex(first, ".")+1] + last
	}
	low, err1 := netip.ParseAddr(first)
	high, err2 := netip.ParseAddr(last)
	return func(address netip.Addr) bool {
		return low.BitLen() == address.BitLen() && low.Compare(address) <= 0 && address.Compare(high) <= 0
	}, errors.Join(err1, err2)
}

func (job *Job) mayScan(ip string) bool {
	address, err := netip.ParseAddr(ip)
	isExcluded := slices.ContainsFunc(job.excluded, func(covers func(netip.Addr) bool) bool { return covers(address) })
	return err == nil && scope.Contains(address) && !isExcluded
}

// isOpen probes a port. A time-out that fires late proves nothing: it probes once more.
func isOpen(ctx context.Context, address string) bool {
	began := time.Now()
	connection, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
	if err == nil {
		defer connection.Close()
		return connection.LocalAddr().String() != connection.RemoteAddr().String()
	}
	isLate := time.Since(began) > connectTimeout+500*time.Millisecond && ctx.Err() == nil
	return errors.Is(err, syscall.ECONNRESET) || isLate && isOpen(ctx, address)
}

// scan gives the result of one address, as the contract wants it.
func scan(ctx context.Context, ip string, ports []int) message {
	var probes sync.WaitGroup
	took := make([]time.Duration, len(ports)) // Of each open port.
	slots := make(chan struct{}, portConcurrency)
	for i, port := range ports {
		slots <- struct{}{}
		probes.Add(1)
		go func(i int, address string) {
			defer probes.Done()
			began := time.Now()
			if ctx.Err() == nil && isOpen(ctx, address) {
				took[i] = time.Since(began)
			}
			<-slots
		}(i, net.JoinHostPort(ip, strconv.Itoa(port)))
	}
	probes.Wait()
	open, services, quickest := []int{}, []string{}, time.Duration(0)
	for i, port := range ports {
		if took[i] == 0 {
			continue
		}
		if quickest == 0 || took[i] < quickest {
			quickest = took[i]
		}
		if open = append(open, port); len(open) <= 1024 {
			services = append(services, fmt.Sprintf("%d/tcp unknown", port))
		}
	}
	return message{"open_ports": open, "services": services, "response_time": float64(quickest.Microseconds()) / 1000}
}
