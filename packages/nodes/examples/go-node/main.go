// A scanner node: TCP connect scans. The SDK does all the rest; here is only the scan of one address.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	scannersdk "cyberstroll.example/scanner-sdk"
)

const (
	maxServices = 1024
	late        = 500 * time.Millisecond
)

var (
	connectTimeout  = time.Duration(number("CONNECT_TIMEOUT_MS", 1500)) * time.Millisecond
	portConcurrency = number("PORT_CONCURRENCY", 16)
)

func number(name string, fallback int) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil || value < 1 {
		return fallback
	}
	return value
}

// isOpen probes a port. A time-out that fires late proves nothing, since the process stalled: it probes once more.
func isOpen(ctx context.Context, address string) bool {
	began := time.Now()
	connection, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
	if err == nil {
		defer connection.Close()
		// A connect to a port of the own machine can connect to itself.
		return connection.LocalAddr().String() != connection.RemoteAddr().String()
	}
	isLate := time.Since(began) > connectTimeout+late && ctx.Err() == nil
	// A port that resets was open: its peer closed it before we looked.
	return errors.Is(err, syscall.ECONNRESET) || isLate && isOpen(ctx, address)
}

func scan(ctx context.Context, target scannersdk.ScanTarget) (scannersdk.ScanResult, error) {
	took := make([]time.Duration, len(target.Ports)) // Of each open port.
	slots := make(chan struct{}, portConcurrency)
	var probes sync.WaitGroup
	var done atomic.Int64
	for i, port := range target.Ports {
		slots <- struct{}{}
		probes.Add(1)
		go func(i int, address string) {
			defer probes.Done()
			began := time.Now()
			if ctx.Err() == nil && isOpen(ctx, address) {
				took[i] = time.Since(began)
			}
			target.Progress(100 * float64(done.Add(1)) / float64(len(target.Ports)))
			<-slots
		}(i, net.JoinHostPort(target.IP, strconv.Itoa(port)))
	}
	probes.Wait()
	return toResult(target.Ports, took), nil
}

func toResult(ports []int, took []time.Duration) (result scannersdk.ScanResult) {
	for i, port := range ports {
		if took[i] == 0 {
			continue
		}
		milliseconds := float64(took[i].Microseconds()) / 1000
		if len(result.OpenPorts) == 0 || milliseconds < result.ResponseTime {
			result.ResponseTime = milliseconds
		}
		if result.OpenPorts = append(result.OpenPorts, port); len(result.OpenPorts) <= maxServices {
			result.Services = append(result.Services, fmt.Sprintf("%d/tcp unknown", port))
		}
	}
	return result
}

func main() {
	scannersdk.Main(scan, func(options *scannersdk.Options) { options.Version = "go 1" })
}
