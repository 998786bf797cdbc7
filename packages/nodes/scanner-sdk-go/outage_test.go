package scannersdk

import (
	"testing"
	"time"
)

func TestAnOutageIsLoggedOnceAndEachFiveMinutesAndItsWaitsDoubleUpTo2S(t *testing.T) {
	o := &outage{}
	expect := func(now float64, lasted, dueWait time.Duration, isDueToLog bool) {
		t.Helper()
		if wait, isToLog := o.fail(at(now), lasted, 0.5); wait != dueWait/2 || isToLog != isDueToLog {
			t.Error(wait, isToLog)
		}
	}
	expect(0, 0, 100*time.Millisecond, true)
	expect(1, 0, 200*time.Millisecond, false)
	if !o.noteConnected() || o.noteConnected() {
		t.Error("the end is not logged once")
	}
	expect(2, time.Second, 400*time.Millisecond, false)
	if o.noteConnected() {
		t.Error("the end of what was not logged is logged")
	}
	for i := 0; i < 100; i++ {
		o.fail(at(3), 0, 0.5)
	}
	expect(299, 0, 2*time.Second, false)
	expect(300, 0, 2*time.Second, true)
	expect(301, 10*time.Second, 100*time.Millisecond, true)
}
