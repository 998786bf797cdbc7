package scannersdk

import (
	"testing"
	"time"
)

func at(seconds float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

func TestATaskIsPausedFor30SAndEndedFor5MinutesUnlessRunningLiftsIt(t *testing.T) {
	tasks := newControlledTasks()
	for state, holds := range map[string]float64{"paused": 30, "ended": 300} {
		tasks.note("t", state, at(0))
		if tasks.stateOf("t", at(holds-0.1)) != state || tasks.stateOf("t", at(holds)) != "running" {
			t.Errorf("%s does not hold for %v s", state, holds)
		}
		tasks.note("t", "running", at(1))
		if tasks.stateOf("t", at(2)) != "running" {
			t.Errorf("running does not lift %s", state)
		}
	}
}

func TestPausesAreUnknownAfterALostConnectionUntilRepeatedCoversItOrFor10S(t *testing.T) {
	tasks := newControlledTasks()
	expect := func(what string, now float64, isComplete bool) {
		t.Helper()
		if tasks.isComplete(at(now)) != isComplete {
			t.Errorf("%s: %v", what, !isComplete)
		}
	}
	tasks.noteListening(at(100))
	expect("a fresh node", 100, true)
	tasks.noteDeaf()
	expect("while nothing arrives", 10_000, false)
	tasks.noteListening(at(300))
	tasks.noteRepeated(2*time.Second, at(301))
	expect("a pause may have been repeated before the connection", 301, false)
	expect("10 s are over", 310, true)
	tasks.noteRepeated(500*time.Millisecond, at(301))
	expect("every pause was repeated since", 301, true)
}
