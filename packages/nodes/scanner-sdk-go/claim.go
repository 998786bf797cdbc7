package scannersdk

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// claim is this node's hold on one attempt of one subtask.
type claim struct {
	subtask
	plan         *jobPlan
	leaseID      string
	assignedTime time.Time
	startedTime  *time.Time
	progress     float64
	// ports are those that its scan was started with.
	ports []int
	// cancel is set from the start of its scan on.
	cancel context.CancelCauseFunc
	// timer ends the scan at its time-out.
	timer *time.Timer
}

// update has all that is known of an attempt, so the newest one replaces every earlier one. It is never changed.
type update struct {
	subtask
	LeaseID       string      `json:"lease_id"`
	Status        string      `json:"status"`
	AssignedTime  time.Time   `json:"assigned_time"`
	StartedTime   *time.Time  `json:"started_time,omitempty"`
	CompletedTime *time.Time  `json:"completed_time,omitempty"`
	ScanResult    *ScanResult `json:"scan_result,omitempty"`
	ErrorInfo     *errorInfo  `json:"error_info,omitempty"`
}

type errorInfo struct {
	ErrorCode    string `json:"error_code"`
	ErrorMessage string `json:"error_message"`
}

func newClaim(subtask subtask, plan *jobPlan) *claim {
	return &claim{subtask: subtask, plan: plan, leaseID: newID(), assignedTime: time.Now()}
}

func (c *claim) isRunning() bool { return c.cancel != nil }

func (c *claim) toUpdate(status string) *update {
	return &update{subtask: c.subtask, LeaseID: c.leaseID, Status: status, AssignedTime: c.assignedTime,
		StartedTime: c.startedTime}
}

// toOpenUpdate says ASSIGNED until the scan starts, then SCANNING.
func (c *claim) toOpenUpdate() *update {
	if c.startedTime == nil {
		return c.toUpdate("ASSIGNED")
	}
	return c.toUpdate("SCANNING")
}

// toResultUpdate fails the subtask if the result breaks the contract, which is a bug of the scan function.
func (c *claim) toResultUpdate(result ScanResult) *update {
	if err := result.check(); err != nil {
		return c.toFailedUpdate("INTERNAL_ERROR", "the result of the scan function is not valid: "+err.Error())
	}
	// Not null in JSON.
	result.OpenPorts = append([]int{}, result.OpenPorts...)
	result.Services = append([]string{}, result.Services...)
	update, now := c.toUpdate("COMPLETED"), time.Now()
	update.CompletedTime, update.ScanResult = &now, &result
	return update
}

func (c *claim) toFailedUpdate(code, message string) *update {
	status := "FAILED"
	if code == "SUBTASK_TIMEOUT" {
		status = "TIMEOUT"
	}
	if text := []rune(message); len(text) > maxErrorMessageLength {
		message = string(text[:maxErrorMessageLength])
	}
	update, now := c.toUpdate(status), time.Now()
	update.CompletedTime, update.ErrorInfo = &now, &errorInfo{code, message}
	return update
}

func (r ScanResult) check() error {
	if len(r.OpenPorts) > maxOpenPorts || len(r.Services) > maxServices {
		return fmt.Errorf("%d open ports and %d services are too many", len(r.OpenPorts), len(r.Services))
	}
	for _, port := range r.OpenPorts {
		if port < 1 || port > 65_535 {
			return fmt.Errorf("port %d", port)
		}
	}
	for _, text := range r.Services {
		if len([]rune(text)) > maxServiceLength {
			return fmt.Errorf("a service has more than %d characters", maxServiceLength)
		}
	}
	if !(r.ResponseTime >= 0 && r.ResponseTime < 1e15) {
		return fmt.Errorf("the response time %v", r.ResponseTime)
	}
	return r.checkStructure()
}

// newID makes a random text, in the form of a UUID.
func newID() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
