package scannersdk

import (
	"encoding/json"
	"slices"
	"time"
)

// control has the fields of all control messages. Each says how some tasks stand, and is repeated.
type control struct {
	State      string   `json:"state"`
	TaskIDs    []string `json:"task_ids"`
	LeaseIDs   []string `json:"lease_ids"`
	NodeID     string   `json:"node_id"`
	InstanceID string   `json:"instance_id"`
	WithinMS   float64  `json:"within_ms"`
	ServerTime int64    `json:"server_time"`
	JobsSince  int64    `json:"jobs_since"`
	excludeFields
}

// handleControl obeys a control message. One whose state is not known is ignored.
func (n *node) handleControl(body []byte) {
	control := control{JobsSince: -farAway}
	if err := json.Unmarshal(body, &control); err != nil {
		n.log.Printf("a control message is not valid, and is ignored: %v", err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch now := time.Now(); control.State {
	case "paused", "running", "ended":
		for _, taskID := range control.TaskIDs {
			n.tasks.note(taskID, control.State, now)
		}
		if control.State == "ended" {
			n.dropAll(ErrCancelled, func(claim *claim) bool { return slices.Contains(control.TaskIDs, claim.TaskID) })
		}
	case "lost":
		n.dropAll(ErrLeaseLost, func(claim *claim) bool { return slices.Contains(control.LeaseIDs, claim.leaseID) })
	case "excluded":
		isNew, err := n.excluded.note(control.excludeFields, now)
		if err != nil {
			n.log.Printf("what is excluded cannot be read, and the message is ignored: %v", err)
		}
		if isNew {
			n.obeyExcluded()
		}
	case "repeated":
		within := time.Duration(control.WithinMS * float64(time.Millisecond))
		n.serverClock.noteRepeated(within, control.ServerTime, control.JobsSince, now)
		n.handBackLate()
	case "superseded":
		if control.NodeID == n.options.NodeID && control.InstanceID == n.instanceID {
			n.stop(ErrSuperseded)
		}
	}
	n.tryAgain()
}

// obeyExcluded drops the claims of what is excluded now, and hands back the scans of a port that is excluded now. Those
// that wait come first: else a freed slot might start one of them.
func (n *node) obeyExcluded() {
	now, claims := time.Now(), n.board.list()
	slices.SortStableFunc(claims, func(a, b *claim) int { return toOrder(a) - toOrder(b) })
	for _, claim := range claims {
		switch {
		case len(n.portsLeft(claim)) == 0:
			n.drop(claim, ErrCancelled)
		case claim.isRunning() && len(n.excluded.portsLeft(claim.IP, claim.ports, now)) < len(claim.ports):
			n.end(claim, claim.toFailedUpdate("NODE_DRAINING", "some of its ports are excluded now"), ErrDraining)
		}
	}
}

func toOrder(claim *claim) int {
	if claim.isRunning() {
		return 1
	}
	return 0
}

func (n *node) dropAll(why error, isDropped func(claim *claim) bool) {
	for _, claim := range n.board.list() {
		if isDropped(claim) {
			n.drop(claim, why)
		}
	}
}
