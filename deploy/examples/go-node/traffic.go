package main

import (
	"context"
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// waitUntil looks under the lock, again and again, whether isDone; false if ctx ends first.
func (n *Node) waitUntil(ctx context.Context, isDone func() bool) bool {
	for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		n.Lock()
		done := isDone()
		n.Unlock()
		if done {
			return true
		}
	}
	return false
}

// takeJob leaves a job alone whose connection is lost: it goes to another node.
func (n *Node) takeJob(open context.Context, delivery amqp.Delivery) {
	job, err := readJob(delivery.Body)
	if err != nil {
		delivery.Reject(false)
		return
	}
	if job.AvoidNode == nodeID {
		n.Lock()
		n.returned[job.Subtasks[0]]++
		times := n.returned[job.Subtasks[0]]
		n.Unlock()
		if times <= 3 {
			if times == 2 {
				time.Sleep(time.Second)
			}
			delivery.Nack(false, true)
			return
		}
	}
	claims := []*Claim{}
	isTaken := n.waitUntil(open, func() bool {
		isWanted := n.stateOf(job.TaskID) == "running"
		if !n.mayStart() || isWanted && n.countActive() >= capacity {
			return false
		}
		for i := 0; i < len(job.Subtasks) && isWanted; i++ {
			if claim := n.claim(job, job.Subtasks[i]); claim != nil {
				claims = append(claims, claim)
			}
		}
		n.startMore()
		return true
	})
	isOpen := func(claim *Claim) bool { return !claim.confirmed }
	if isTaken && n.waitUntil(open, func() bool { return !slices.ContainsFunc(claims, isOpen) }) {
		delivery.Ack(false)
	}
}

func (n *Node) takeControls(controls <-chan amqp.Delivery) {
	for delivery := range controls {
		control := Control{}
		if json.Unmarshal(delivery.Body, &control) == nil {
			n.obey(control)
		}
	}
}

// Control has the fields of all control messages.
type Control struct {
	State      string   `json:"state"`
	TaskID     string   `json:"task_id"`
	LeaseIDs   []string `json:"lease_ids"`
	NodeID     string   `json:"node_id"`
	InstanceID string   `json:"instance_id"`
	WithinMS   float64  `json:"within_ms"`
}

func (n *Node) obey(control Control) {
	n.Lock()
	defer n.Unlock()
	switch control.State {
	case "paused":
		n.tasks[control.TaskID] = standing{"paused", time.Now().Add(30 * time.Second)}
	case "ended":
		n.tasks[control.TaskID] = standing{"ended", time.Now().Add(5 * time.Minute)}
	case "running":
		delete(n.tasks, control.TaskID)
	case "repeated":
		within := time.Duration(control.WithinMS) * time.Millisecond
		if time.Now().Add(-within).After(n.seesAfter.Add(-waitForRepeated)) {
			n.seesAfter = time.Time{}
		}
	case "superseded":
		if control.NodeID == nodeID && control.InstanceID == instanceID {
			n.stop()
		}
	}
	for _, claim := range n.claims {
		isLost := control.State == "lost" && slices.Contains(control.LeaseIDs, claim.lease)
		if isLost || n.stateOf(claim.job.TaskID) == "ended" {
			n.forget(claim)
		}
	}
	n.startMore()
}

func (n *Node) sendUpdates(open context.Context, to *publisher) {
	for ; open.Err() == nil; time.Sleep(50 * time.Millisecond) {
		n.Lock()
		sent, updates := map[*Claim]int{}, []message{}
		for _, claim := range n.outbox {
			if len(sent) < 500 {
				sent[claim] = claim.changes
				updates = append(updates, claim.update)
			}
		}
		n.Unlock()
		if len(sent) == 0 {
			continue
		}
		if to.publish(open, "cs.state", "updates", message{"sent_time": time.Now(), "updates": updates}) != nil {
			time.Sleep(300 * time.Millisecond) // Lost, or returned: sent again, or what has replaced it.
			continue
		}
		n.Lock()
		for claim, changes := range sent {
			claim.confirmed = true
			if claim.changes == changes {
				delete(n.outbox, claim.lease)
			}
		}
		n.Unlock()
	}
}

func (n *Node) beatOn(open context.Context, to *publisher) {
	for open.Err() == nil && n.stopping.Err() == nil {
		n.beat(open, to, "")
		select {
		case <-open.Done():
		case <-n.stopping.Done():
		case <-time.After(interval):
		}
	}
}

func (n *Node) beat(open context.Context, to *publisher, status string) {
	n.Lock()
	sentAt, tasks, held := time.Now(), []message{}, maps.Clone(n.claims)
	for _, claim := range n.outbox {
		held[claim.SubtaskID] = claim
	}
	for id := range held {
		task := message{"subtask_id": id, "status": "scanning", "progress": 0}
		if mine := n.claims[id]; mine == nil {
			task["progress"] = 100
		} else if mine.cancel == nil {
			task["status"] = "assigned"
		}
		tasks = append(tasks, task)
	}
	if status == "" && n.countActive() >= capacity {
		status = "busy"
	} else if status == "" {
		status = "online"
	}
	n.Unlock()
	if to.publish(open, "cs.heartbeats", "heartbeat", message{
		"timestamp": sentAt.UnixMilli(), "contract": 1, "version": "go 1", "status": status, "capacity": capacity,
		"pools": pools, "current_tasks": tasks, "system_info": message{
			"cpu_usage": 0, "memory_usage": 0, "active_threads": runtime.NumGoroutine()}}) == nil {
		n.Lock()
		n.confirmedAt = sentAt
		n.startMore()
		n.Unlock()
	}
}

// watch does what is due because time passes: the lease ends, or a pause.
func (n *Node) watch() {
	for ; ; time.Sleep(100 * time.Millisecond) {
		n.Lock()
		if !n.hasLease() {
			n.endAll("NODE_LOST", true)
		}
		n.startMore()
		n.Unlock()
	}
}

func (n *Node) drain(open context.Context) {
	waitUntil := func(limit time.Duration, isDone func() bool) {
		ctx, cancel := context.WithTimeout(open, limit)
		defer cancel()
		n.waitUntil(ctx, isDone)
	}
	waitUntil(drainTimeout, func() bool { n.endAll("NODE_DRAINING", false); return len(n.claims) == 0 })
	waitUntil(5*time.Second, func() bool { n.endAll("NODE_DRAINING", true); return len(n.outbox) == 0 })
	time.Sleep(100 * time.Millisecond) // The acks follow the confirms.
}
