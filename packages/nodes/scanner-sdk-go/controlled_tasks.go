package scannersdk

import "time"

const (
	pauseHolds = 30 * time.Second
	// endedFor: an operator may reopen an ended task. If the node misses `running`, it ignores the task for this long at
	// most.
	endedFor        = 5 * time.Minute
	waitForRepeated = 10 * time.Second
)

// never is later than any time that a node sees.
var never = time.Now().AddDate(200, 0, 0)

// controlledTasks says how each task stands: running, unless a control message said otherwise. Only a bounded number is
// kept, each for a limited time. Forgetting one is harmless, because control messages are repeated. Pure.
type controlledTasks struct {
	listeningSince time.Time
	// incompleteUntil: control messages were missed. Until this time a task may be paused although it is not known here.
	incompleteUntil time.Time
	tasks           *boundedMap[string, standing]
}

// standing says how a task stands, and until when.
type standing struct {
	state string
	until time.Time
}

func newControlledTasks() *controlledTasks {
	return &controlledTasks{tasks: newBoundedMap[string, standing](10_000)}
}

// note takes paused, ended or running: of one task the newest message counts.
func (c *controlledTasks) note(taskID, state string, now time.Time) {
	switch state {
	case "paused":
		c.tasks.set(taskID, standing{state, now.Add(pauseHolds)})
	case "ended":
		c.tasks.set(taskID, standing{state, now.Add(endedFor)})
	default:
		c.tasks.remove(taskID)
	}
}

// noteListening: control messages begin to arrive. The first time, none was missed.
func (c *controlledTasks) noteListening(now time.Time) {
	if !c.isComplete(now) {
		c.listeningSince, c.incompleteUntil = now, now.Add(waitForRepeated)
	}
}

// noteDeaf: control messages no longer arrive.
func (c *controlledTasks) noteDeaf() { c.listeningSince, c.incompleteUntil = never, never }

// noteRepeated: every pause was repeated within this time.
func (c *controlledTasks) noteRepeated(within time.Duration, now time.Time) {
	if !now.Add(-within).Before(c.listeningSince) {
		c.incompleteUntil = now
	}
}

// isComplete is false after control messages were missed, until every pause has been repeated, for 10 s at most.
func (c *controlledTasks) isComplete(now time.Time) bool { return !now.Before(c.incompleteUntil) }

func (c *controlledTasks) stateOf(taskID string, now time.Time) string {
	if found, isKnown := c.tasks.get(taskID); isKnown && now.Before(found.until) {
		return found.state
	}
	return "running"
}
