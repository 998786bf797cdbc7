package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ScanResult is the result of one address, as the contract wants it.
type ScanResult struct {
	OpenPorts    []int    `json:"open_ports"`
	Services     []string `json:"services"`
	ResponseTime float64  `json:"response_time"`
}

func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}

func parsePorts(text string) (ports []int, err error) {
	for _, part := range split(text) {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err1 != nil || err2 != nil || from < 1 || to > 65535 {
			return nil, fmt.Errorf("ports: %q", part)
		}
		for port := from; port <= to; port++ {
			ports = append(ports, port)
		}
	}
	return ports, nil
}

// Excluded says of an address whether it must never be scanned.
type Excluded []func(netip.Addr) bool

func parseExcluded(text string) (excluded Excluded, err error) {
	for _, entry := range split(text) {
		if network, err := netip.ParsePrefix(entry); err == nil {
			excluded = append(excluded, network.Masked().Contains)
			continue
		}
		first, last, isRange := strings.Cut(entry, "-")
		if !isRange {
			last = first
		} else if !strings.ContainsAny(last, ".:") {
			last = first[:strings.LastIndex(first, ".")+1] + last
		}
		low, err1 := netip.ParseAddr(first)
		high, err2 := netip.ParseAddr(last)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("exclude_target: %q", entry)
		}
		excluded = append(excluded, func(address netip.Addr) bool {
			return low.BitLen() == address.BitLen() && low.Compare(address) <= 0 && address.Compare(high) <= 0
		})
	}
	return excluded, nil
}

func mayScan(text string, excluded Excluded) bool {
	address, err := netip.ParseAddr(text)
	for _, isExcluded := range excluded {
		if err != nil || isExcluded(address) {
			return false
		}
	}
	return err == nil && scope.Contains(address)
}

// probe says whether a port is open, and its banner. A time-out that fires late proves nothing: it probes once more.
func probe(ctx context.Context, address string) (isOpen bool, banner string) {
	for tries := 0; tries < 2; tries++ {
		began := time.Now()
		connection, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
		if err == nil {
			defer connection.Close()
			if connection.LocalAddr().String() == connection.RemoteAddr().String() {
				return false, ""
			}
			first := make([]byte, 120)
			connection.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			count, _ := connection.Read(first)
			end := strings.IndexFunc(string(first[:count]), func(r rune) bool { return r < ' ' || r > '~' })
			if end < 0 {
				end = count
			}
			return true, string(first[:end])
		}
		if errors.Is(err, syscall.ECONNRESET) {
			return true, ""
		}
		if time.Since(began) < connectTimeout+500*time.Millisecond {
			break
		}
	}
	return false, ""
}

func scan(ctx context.Context, ip string, ports []int) ScanResult {
	var lock sync.Mutex
	var done sync.WaitGroup
	began, result, banners := time.Now(), ScanResult{OpenPorts: []int{}, Services: []string{}}, map[int]string{}
	slots := make(chan struct{}, portConcurrency)
	for _, port := range ports {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		done.Add(1)
		go func(port int) {
			defer done.Done()
			defer func() { <-slots }()
			if isOpen, banner := probe(ctx, net.JoinHostPort(ip, strconv.Itoa(port))); isOpen {
				lock.Lock()
				defer lock.Unlock()
				result.OpenPorts, banners[port] = append(result.OpenPorts, port), banner
				result.ResponseTime = float64(time.Since(began).Microseconds()) / 1000
			}
		}(port)
	}
	done.Wait()
	sort.Ints(result.OpenPorts)
	for _, port := range result.OpenPorts[:min(len(result.OpenPorts), 1024)] {
		result.Services = append(result.Services, strings.TrimSpace(fmt.Sprintf("%d/tcp unknown %s", port, banners[port])))
	}
	return result
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
