package scannersdk

import (
	"testing"
	"time"
)

// serverAhead is what the server's clock shows, in seconds, when the node's shows 0.
const serverAhead = 1_800_000_000

type repeatedAt struct{ now, late, ahead, within float64 }

func (r repeatedAt) to(c *serverClock) {
	within := time.Duration(r.within * float64(time.Second))
	c.noteRepeated(within, toMS(serverAhead+r.ahead+r.now-r.late), -farAway, at(r.now))
}

func toMS(seconds float64) int64 { return int64(seconds * 1_000) }

func expectKnows(t *testing.T, c *serverClock, now float64, due bool) {
	t.Helper()
	if c.knowsRules(at(now)) != due {
		t.Errorf("knows the rules at %v s: %v", now, !due)
	}
}

func TestTheRulesAreUnknownBeforeARepeatedThatCoversAllTheTimeThatTheNodeListens(t *testing.T) {
	c := newServerClock(at(0))
	expectKnows(t, c, 0, false)
	repeatedAt{now: 0.5}.to(c)
	expectKnows(t, c, 0.5, false)
	c.noteListening(at(1))
	expectKnows(t, c, 1.1, false)
	repeatedAt{now: 1.5, within: 0.501}.to(c)
	expectKnows(t, c, 1.5, false)
	repeatedAt{now: 1.5, within: 0.5}.to(c)
	expectKnows(t, c, 1.5, true)
	c.noteDeaf()
	expectKnows(t, c, 1.6, false)
	repeatedAt{now: 1.7}.to(c)
	expectKnows(t, c, 1.7, false)
	c.noteListening(at(2))
	expectKnows(t, c, 2, false)
	repeatedAt{now: 2.25, within: 0.5}.to(c)
	expectKnows(t, c, 2.25, false)
	// Sent before it listened: by the time of the message, not by when it arrived.
	repeatedAt{now: 2.75, late: 0.5, within: 0.5}.to(c)
	expectKnows(t, c, 2.75, false)
	repeatedAt{now: 2.75, late: 0.5, within: 0.25}.to(c)
	expectKnows(t, c, 2.75, true)
}

func TestTheRulesAreUnknownAfterARepeatedThatIsOlderThanTheOneBefore(t *testing.T) {
	c := newServerClock(at(0))
	c.noteListening(at(0))
	repeatedAt{now: 1}.to(c)
	repeatedAt{now: 1.125, late: 0.25}.to(c)
	expectKnows(t, c, 1.125, false)
	repeatedAt{now: 1.5, within: 0.5}.to(c)
	expectKnows(t, c, 1.5, false)
	repeatedAt{now: 2}.to(c)
	expectKnows(t, c, 2, true)
}

func TestTheRulesAreKnownFor2SAfterTheServerHasReadThem(t *testing.T) {
	c := newServerClock(at(0))
	c.noteListening(at(0))
	repeatedAt{now: 1}.to(c)
	expectKnows(t, c, 2.9, true)
	expectKnows(t, c, 3, false)
	// They waited while the process was stopped.
	for _, late := range []float64{8, 2} {
		repeatedAt{now: 20, late: late}.to(c)
		expectKnows(t, c, 20, false)
	}
	repeatedAt{now: 20, late: 1}.to(c)
	expectKnows(t, c, 20.9, true)
	expectKnows(t, c, 21, false)
}

func TestTheServersClockIsThatOfTheMessageThatWasLeastLate(t *testing.T) {
	c := newServerClock(at(0))
	if c.hasCome(0, at(1)) {
		t.Error("a time has come before the first repeated")
	}
	for _, each := range []repeatedAt{{now: 1, late: 0.25}, {now: 1.5, late: 0.125}, {now: 2, late: 0.5}} {
		each.to(c)
	}
	if due := toMS(serverAhead + 3); c.hasCome(due, at(3)) || !c.hasCome(due, at(3.125)) {
		t.Error("another message counts")
	}
	if c.hasCome(farAway, at(1_000_000)) {
		t.Error("a job without not_after may no longer begin")
	}
}

func TestAJobIsOverAtItsNotAfterOrIfItIsFromBeforeJobsSince(t *testing.T) {
	c := newServerClock(at(0))
	now := toMS(serverAhead + 1)
	c.noteRepeated(0, now, 500, at(1))
	for _, each := range []struct {
		plan jobPlan
		due  bool
	}{{jobPlan{notAfter: now, rulesTime: 500}, true}, {jobPlan{notAfter: now + 1, rulesTime: 499}, true},
		{jobPlan{notAfter: now + 1, rulesTime: 500}, false}} {
		if c.isOver(&each.plan, at(1)) != each.due {
			t.Errorf("%+v", each)
		}
	}
}

func TestAMessageCountsFor30SAtLeastAndFor60SAtMost(t *testing.T) {
	c := newServerClock(at(0))
	for _, each := range []struct{ now, late, due float64 }{{0, 0.125, 0.125}, {30, 0.25, 0.125}, {60, 0.5, 0.25}} {
		repeatedAt{now: each.now, late: each.late}.to(c)
		due := toMS(serverAhead + each.now)
		if c.hasCome(due, at(each.now+each.due-0.0625)) || !c.hasCome(due, at(each.now+each.due)) {
			t.Errorf("at %v s another message counts", each.now)
		}
	}
}

func TestAServerClockThatIsMovedIsFollowedWithinAMinute(t *testing.T) {
	for _, moved := range []float64{3_600, -3_600} {
		c := newServerClock(at(0))
		c.noteListening(at(0))
		for now := 0.0; now <= 20; now++ {
			repeatedAt{now: now}.to(c)
		}
		for now := 21.0; now <= 81; now++ {
			repeatedAt{now: now, ahead: moved}.to(c)
		}
		expectKnows(t, c, 81, true)
		expectKnows(t, c, 83, false)
		if due := toMS(serverAhead + moved + 82); c.hasCome(due, at(81.5)) || !c.hasCome(due, at(82)) {
			t.Errorf("not followed by %v s", moved)
		}
	}
}
