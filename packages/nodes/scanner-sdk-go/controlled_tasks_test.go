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
