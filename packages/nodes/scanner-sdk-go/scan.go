package scannersdk

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// ScanTarget is one address to scan.
type ScanTarget struct {
	IP string
	// Ports are ascending, without duplicates. They are shared with other scans: do not change them.
	Ports []int
	// Method is what the client asked for: one of Options.Methods.
	Method string
	// Options are what the client gave the method, as it gave them: check them, and never make a shell's text of them.
	// They are shared with other scans: do not change them.
	Options   map[string]any
	TaskID    string
	SubtaskID string
	Attempt   int
	// Timeout is how long the scan may take. Then the SDK reports TIMEOUT and cancels its context.
	Timeout time.Duration
	// Progress says how far the scan is, 0 to 100. The next heartbeat shows it. Never nil in a node.
	Progress func(percent float64)
}

// ScanResult is what a scan found.
type ScanResult struct {
	OpenPorts []int `json:"open_ports"`
	// Services are <port>/<protocol> <name> [banner], 1,024 texts of 512 characters at most; printable characters only.
	Services []string `json:"services"`
	// ResponseTime is the quickest answer in milliseconds; 0 if nothing answered.
	ResponseTime float64 `json:"response_time"`
	// Ports are what is known of each port, 1,024 at most. The server adds to OpenPorts what is open; it makes
	// Services of them if there are none.
	Ports []PortResult `json:"ports,omitempty"`
	// Hostnames are names of the address, 100 at most.
	Hostnames []string `json:"hostnames,omitempty"`
	// Findings are what else it found, 1,000 at most. With Ports and Hostnames 524,288 bytes of JSON at most.
	Findings []Finding `json:"findings,omitempty"`
}

// ScanFunc scans one address. It returns a *ScanError for a failure that has a code; any other error, and a panic, is
// reported as INTERNAL_ERROR. Its context is cancelled when the result is no longer wanted: context.Cause says why. It
// must end soon after; what it then returns is ignored.
type ScanFunc func(ctx context.Context, target ScanTarget) (ScanResult, error)

// Why a scan was cancelled, as the cause of its context.
var (
	ErrCancelled = errors.New("the task has ended: it was cancelled, or ended otherwise")
	ErrTimedOut  = errors.New("the scan took longer than its time-out")
	ErrLeaseLost = errors.New("the node no longer has this attempt: it was cut off, or the server gave the subtask away")
	ErrDraining  = errors.New("the node is stopping")
)

// ScanError is a failure that a scan function returns. The code decides whether the subtask is retried; NODE_DRAINING
// hands the subtask back.
type ScanError struct {
	// Code is one of the contract (NETWORK_UNREACHABLE, RESOURCE_EXHAUSTED, SCANNER_CRASHED, SCANNER_MISSING,
	// PERMISSION_DENIED) or your own of the form [A-Z][A-Z0-9_]{0,49}, which is retried.
	Code    string
	Message string
}

func (e *ScanError) Error() string { return e.Message }

var codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,49}$`)

// toErrorInfo gives the code and the message of an error that a scan function returned.
func toErrorInfo(err error) (code, message string) {
	var failure *ScanError
	if !errors.As(err, &failure) {
		return "INTERNAL_ERROR", err.Error()
	}
	if !codeForm.MatchString(failure.Code) {
		return "INTERNAL_ERROR", fmt.Sprintf("%q is not valid as the code of a ScanError: %s", failure.Code, failure.Message)
	}
	return failure.Code, failure.Message
}
