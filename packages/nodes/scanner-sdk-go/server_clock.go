package scannersdk

import (
	"math"
	"time"
)

const (
	knownFor = 2 * time.Second
	// clockWindow: a difference of the clocks counts for this long, and at most for twice as long.
	clockWindow = 30 * time.Second
	// farAway is further than the clocks of a node and a server can differ, and small enough to add to.
	farAway = math.MaxInt64 / 4
)

// serverClock is the server's clock, and says whether the node knows what may begin. Each `repeated` has the time of
// the server. It can only arrive late, so the largest difference to the node's clock is the best one. Only the last 30
// to 60 s count: so the node follows a server clock that was set back. now is a time of time.Now: its monotonic part
// counts, since the wall clock of a node may be wrong, and may jump. Times of the server are in milliseconds since
// 1970. Pure.
type serverClock struct {
	// began is where the node's clock counts from.
	began          time.Time
	isListening    bool
	listeningSince time.Time
	// isComplete: since the node listens, all that holds was repeated.
	isComplete bool
	// saidAt is the server_time of the last `repeated`.
	saidAt int64
	// jobsSince is the jobs_since of the last `repeated`.
	jobsSince   int64
	windowSince time.Time
	// aheadMS is the largest difference in this window, aheadBeforeMS that in the one before.
	aheadMS, aheadBeforeMS int64
}

func newServerClock(now time.Time) *serverClock {
	return &serverClock{began: now, saidAt: -farAway, jobsSince: -farAway, aheadMS: -farAway, aheadBeforeMS: -farAway}
}

// noteListening: control messages begin to arrive.
func (c *serverClock) noteListening(now time.Time) {
	c.isListening, c.isComplete, c.listeningSince = true, false, now
}

// noteDeaf: control messages no longer arrive.
func (c *serverClock) noteDeaf() { c.isListening, c.isComplete = false, false }

// noteRepeated: all that holds at serverTime was repeated within this time.
func (c *serverClock) noteRepeated(within time.Duration, serverTime, jobsSince int64, now time.Time) {
	if c.windowSince.IsZero() || now.Sub(c.windowSince) >= clockWindow {
		c.windowSince = now
		c.aheadMS, c.aheadBeforeMS = -farAway, c.aheadMS
	}
	c.aheadMS = max(c.aheadMS, serverTime-now.Sub(c.began).Milliseconds())
	// A leader of before has spoken, which had been stalled: it may have lifted what a later one has said.
	if serverTime < c.saidAt {
		c.isComplete, c.listeningSince = false, now
	}
	c.saidAt, c.jobsSince = serverTime, jobsSince
	// By its own time: a late message may be of the time before the node listened.
	late := time.Duration(c.toServerTime(now)-serverTime) * time.Millisecond
	if c.isListening && now.Sub(c.listeningSince)-late >= within {
		c.isComplete = true
	}
}

// knowsRules says whether the node knows everything that must not begin now. If not, nothing may begin.
func (c *serverClock) knowsRules(now time.Time) bool {
	return c.isComplete && c.toServerTime(now) < c.saidAt+knownFor.Milliseconds()
}

// hasCome says whether this time has come for the server.
func (c *serverClock) hasCome(serverTime int64, now time.Time) bool {
	return c.toServerTime(now) >= serverTime
}

// isOver says whether nothing of a job may begin any more.
func (c *serverClock) isOver(plan *jobPlan, now time.Time) bool {
	return c.hasCome(plan.notAfter, now) || plan.rulesTime < c.jobsSince
}

func (c *serverClock) toServerTime(now time.Time) int64 {
	return now.Sub(c.began).Milliseconds() + max(c.aheadMS, c.aheadBeforeMS)
}
