package scannersdk

import "time"

const (
	pauseHolds = 30 * time.Second
	// endedFor: an operator may reopen an ended task. If the node misses `running`, it ignores the task for this long at
	// most.
	endedFor = 5 * time.Minute
	// tasksKept is more than a server has paused at a time: to forget a pause would let its scans begin.
	tasksKept = 100_000
)

// controlledTasks says how each task stands: running, unless a control message said otherwise. Only a bounded number is
// kept, each for a limited time. Pure.
type controlledTasks struct{ tasks *boundedMap[string, standing] }

// standing says how a task stands, and until when.
type standing struct {
	state string
	until time.Time
}

func newControlledTasks() *controlledTasks {
	return &controlledTasks{tasks: newBoundedMap[string, standing](tasksKept)}
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

func (c *controlledTasks) stateOf(taskID string, now time.Time) string {
	if found, isKnown := c.tasks.get(taskID); isKnown && now.Before(found.until) {
		return found.state
	}
	return "running"
}
