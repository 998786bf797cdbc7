package scannersdk

import (
	"context"
	"slices"
	"testing"
	"time"
)

func runScan(t *testing.T, scan ScanFunc, given ScanJob) ScanRun {
	t.Helper()
	run, err := RunScan(scan, Options{}, given)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestRunScanGivesTheJobToTheScanAndItsResultBack(t *testing.T) {
	scan := func(_ context.Context, target ScanTarget) (ScanResult, error) {
		target.Progress(50)
		if target.Options["rate"] != 5.0 {
			t.Error(target.Options)
		}
		return ScanResult{OpenPorts: target.Ports[:1]}, nil
	}
	run := runScan(t, scan, ScanJob{Ports: "80,22-23", Options: map[string]any{"rate": 5}})
	isRight := run.Status == "COMPLETED" && slices.Equal(run.Result.OpenPorts, []int{22}) && run.Ended
	if !isRight || !slices.Equal(run.Progress, []float64{50}) {
		t.Errorf("%+v", run)
	}
}

func TestRunScanChecksPortsNamesAndFindings(t *testing.T) {
	finding := Finding{ID: "cve-2026-1", Kind: "cve", Title: "old TLS", Severity: "high", Data: map[string]any{"a": 1}}
	right := ScanResult{Ports: []PortResult{{Port: 53, Protocol: "udp", State: "open"}}, Findings: []Finding{finding}}
	loud, deep := finding, finding
	loud.Severity, deep.Data = "loud", map[string]any{"$ref": 1}
	for _, each := range []struct {
		result ScanResult
		status string
	}{
		{right, "COMPLETED"},
		{ScanResult{Ports: []PortResult{{Port: 53, Protocol: "icmp", State: "open"}}}, "FAILED"},
		{ScanResult{Findings: []Finding{loud}}, "FAILED"},
		{ScanResult{Findings: []Finding{deep}}, "FAILED"},
		{ScanResult{Hostnames: []string{""}}, "FAILED"},
	} {
		scan := func(context.Context, ScanTarget) (ScanResult, error) { return each.result, nil }
		if run := runScan(t, scan, ScanJob{}); run.Status != each.status {
			t.Errorf("%+v, due is %s", run, each.status)
		}
	}
}

func TestRunScanRefusesWhatANodeRefuses(t *testing.T) {
	for code, given := range map[string]ScanJob{
		"OUT_OF_SCOPE": {IP: "192.0.2.1"}, "INVALID_JOB": {Ports: "0"}, "METHOD_UNSUPPORTED": {Method: "nmap"},
	} {
		run := runScan(t, func(context.Context, ScanTarget) (ScanResult, error) {
			t.Error("it was called")
			return ScanResult{}, nil
		}, given)
		if run.ErrorCode != code || !run.Ended {
			t.Errorf("%+v, due is %s", run, code)
		}
	}
	if _, err := RunScan(nil, Options{Capacity: -1}, ScanJob{}); err == nil {
		t.Error("no error")
	}
}

func TestRunScanAbortsTheScanAndFindsOutWhetherItIgnoresThat(t *testing.T) {
	reasons := make(chan error, 1)
	obeys := func(ctx context.Context, _ ScanTarget) (ScanResult, error) {
		<-ctx.Done()
		reasons <- context.Cause(ctx)
		return ScanResult{}, nil
	}
	for _, each := range []struct {
		given        ScanJob
		reason       error
		status, code string
	}{
		{ScanJob{Abort: ErrCancelled}, ErrCancelled, "SCANNING", ""},
		{ScanJob{Abort: ErrLeaseLost}, ErrLeaseLost, "FAILED", "NODE_LOST"},
		{ScanJob{Abort: ErrDraining}, ErrDraining, "FAILED", "NODE_DRAINING"},
		{ScanJob{Timeout: time.Millisecond}, ErrTimedOut, "TIMEOUT", "SUBTASK_TIMEOUT"},
	} {
		each.given.EndWithin = time.Minute
		run := runScan(t, obeys, each.given)
		reason := <-reasons
		if run.Status != each.status || run.ErrorCode != each.code || reason != each.reason || !run.Ended {
			t.Errorf("%+v %v", run, reason)
		}
	}
	released := make(chan struct{})
	defer close(released)
	run := runScan(t, func(context.Context, ScanTarget) (ScanResult, error) {
		<-released
		return ScanResult{}, nil
	}, ScanJob{Abort: ErrDraining, EndWithin: time.Millisecond})
	if run.Ended {
		t.Errorf("%+v", run)
	}
}
