package scannersdk

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// startScan gives a node with one claim that runs. The end of its scan is reported to the outbox.
func startScan(t *testing.T, timeout time.Duration, scan ScanFunc) *node {
	n := newNode(context.Background(), Options{}.withDefaults(), scan)
	n.log.SetOutput(io.Discard)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.letBegin()
	plan := &jobPlan{ports: []int{22}, timeout: timeout, notAfter: farAway}
	n.board.add(newClaim(subtask{TaskID: "t", SubtaskID: "t-0"}, plan))
	n.startMore()
	t.Cleanup(n.endDrain)
	return n
}

// last waits for the final update.
func last(t *testing.T, n *node) (final *update) {
	t.Helper()
	limit, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	isReported := n.waitUntil(limit, func() bool {
		final = n.recent.find("t-0")
		return final != nil && n.board.size() == 0
	})
	if !isReported {
		t.Fatal("no final update")
	}
	return final
}

func TestAScanIsReportedWithItsResult(t *testing.T) {
	n := startScan(t, time.Minute, func(_ context.Context, target ScanTarget) (ScanResult, error) {
		return ScanResult{OpenPorts: target.Ports}, nil
	})
	final := last(t, n)
	if final.Status != "COMPLETED" || final.ScanResult.OpenPorts[0] != 22 || final.ScanResult.Services == nil {
		t.Errorf("%+v", final)
	}
}

func TestAScanFailsWithTheCodeOfAScanErrorOrElseWithInternalError(t *testing.T) {
	for _, each := range []struct {
		result ScanResult
		err    error
		code   string
	}{
		{ScanResult{}, &ScanError{"NETWORK_UNREACHABLE", "no route"}, "NETWORK_UNREACHABLE"},
		{ScanResult{}, &ScanError{"no route", ""}, "INTERNAL_ERROR"},
		{ScanResult{}, errors.New(strings.Repeat("x", 5_000)), "INTERNAL_ERROR"},
		{ScanResult{OpenPorts: []int{0}}, nil, "INTERNAL_ERROR"},
		{ScanResult{Services: []string{strings.Repeat("x", 513)}}, nil, "INTERNAL_ERROR"},
		{ScanResult{ResponseTime: -1}, nil, "INTERNAL_ERROR"},
		{ScanResult{}, errors.New("panic"), "INTERNAL_ERROR"},
	} {
		n := startScan(t, time.Minute, func(context.Context, ScanTarget) (ScanResult, error) {
			if each.err != nil && each.err.Error() == "panic" {
				panic("a bug")
			}
			return each.result, each.err
		})
		if info := last(t, n).ErrorInfo; info.ErrorCode != each.code || len(info.ErrorMessage) > 2_000 {
			t.Errorf("%+v, due is %s", info, each.code)
		}
	}
}

func TestAScanKnowsWhyItWasCancelled(t *testing.T) {
	reasons := make(chan error, 1)
	scan := func(ctx context.Context, _ ScanTarget) (ScanResult, error) {
		<-ctx.Done()
		reasons <- context.Cause(ctx)
		return ScanResult{}, nil
	}
	n := startScan(t, 10*time.Millisecond, scan)
	if final, reason := last(t, n), <-reasons; final.Status != "TIMEOUT" || reason != ErrTimedOut {
		t.Error(final.Status, reason)
	}
	n = startScan(t, time.Minute, scan)
	n.mu.Lock()
	n.giveUpAll()
	n.mu.Unlock()
	if final, reason := last(t, n), <-reasons; final.ErrorInfo.ErrorCode != "NODE_LOST" || reason != ErrLeaseLost {
		t.Error(final.ErrorInfo, reason)
	}
}

func TestAScanOfAPortThatIsExcludedNowIsHandedBackAlsoWhereAnotherPortIsFreeAgain(t *testing.T) {
	n := startScan(t, time.Minute, func(ctx context.Context, _ ScanTarget) (ScanResult, error) {
		<-ctx.Done()
		return ScanResult{}, nil
	})
	n.mu.Lock()
	claim := n.board.list()[0]
	claim.IP, claim.plan.ports = "10.0.0.1", []int{22, 80} // Port 80 was excluded when the scan began.
	n.excluded.note(excludeFields{ExcludePorts: excludePortsList{{"10.0.0.1", "22"}}}, time.Now())
	n.obeyExcluded()
	n.mu.Unlock()
	if final := last(t, n); final.ErrorInfo == nil || final.ErrorInfo.ErrorCode != "NODE_DRAINING" {
		t.Errorf("%+v", final)
	}
}
