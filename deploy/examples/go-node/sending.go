package main

import (
	"context"
	"runtime"
	"time"
)

func (n *Node) sendUpdates(session context.Context, to *publisher) {
	for ; session.Err() == nil; time.Sleep(50 * time.Millisecond) {
		n.Lock()
		batch := map[string]*unsent{}
		envelope := Envelope{NodeID: nodeID, InstanceID: instanceID, SentTime: *now()}
		for key, each := range n.outbox {
			if len(batch) < 500 {
				batch[key] = each
				envelope.Updates = append(envelope.Updates, each.update)
			}
		}
		n.Unlock()
		if len(batch) == 0 {
			continue
		}
		if to.publish(session, "cs.state", "updates", envelope) != nil {
			time.Sleep(300 * time.Millisecond) // Lost, or returned: sent again, or what has replaced it.
			continue
		}
		n.Lock()
		for key, each := range batch {
			if n.outbox[key] == each {
				delete(n.outbox, key)
			}
			settle(each.waiting)
		}
		n.Unlock()
	}
}

func (n *Node) beatOn(session context.Context, to *publisher) {
	for session.Err() == nil {
		n.beat(session, to, "")
		select {
		case <-session.Done():
		case <-n.stopping.Done():
			return
		case <-time.After(interval):
		}
	}
}

func (n *Node) beat(session context.Context, to *publisher, status string) {
	n.Lock()
	sentAt, tasks := time.Now(), []CurrentTask{}
	if _, active := n.count(); status == "" && active >= capacity {
		status = "busy"
	} else if status == "" {
		status = "online"
	}
	for _, claim := range n.claims {
		task := CurrentTask{claim.update.SubtaskID, "assigned", 0}
		if claim.cancel != nil {
			task.Status = "scanning"
		}
		tasks = append(tasks, task)
	}
	for _, each := range n.outbox {
		if n.claims[each.update.SubtaskID] == nil {
			tasks = append(tasks, CurrentTask{each.update.SubtaskID, "scanning", 100})
		}
	}
	n.Unlock()
	heartbeat := Heartbeat{NodeID: nodeID, InstanceID: instanceID, Timestamp: sentAt.UnixMilli(), Status: status,
		CurrentTasks: tasks[:min(len(tasks), 10000)], Capacity: capacity, Pools: pools, Contract: 1, Version: "go 1",
		SystemInfo: map[string]float64{"cpu_usage": 0, "memory_usage": 0, "active_threads": float64(runtime.NumGoroutine())}}
	if to.publish(session, "cs.heartbeats", "heartbeat", heartbeat) != nil {
		return
	}
	n.Lock()
	defer n.Unlock()
	n.confirmedAt, n.hasLease = sentAt, true
	n.startMore()
}

// keepLease gives up what the node holds once no heartbeat was confirmed for too long. A pause ends here, too.
func (n *Node) keepLease() {
	for ; ; time.Sleep(100 * time.Millisecond) {
		n.Lock()
		if time.Since(n.listened) > 10*time.Second {
			n.seesPauses = true
		}
		if n.hasLease && time.Since(n.confirmedAt) > lease {
			n.hasLease = false
			n.failAll("NODE_LOST", func(*Claim) bool { return true })
		}
		n.startMore()
		n.Unlock()
	}
}

func (n *Node) failAll(code string, which func(*Claim) bool) {
	for _, claim := range n.claims {
		if which(claim) {
			n.end(claim, "FAILED", code, nil)
		}
	}
}

func (n *Node) drain() {
	wait := func(limit time.Duration, isDone func() bool) {
		for until := time.Now().Add(limit); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
			n.Lock()
			done := isDone()
			n.Unlock()
			if done {
				return
			}
		}
	}
	n.Lock()
	n.failAll("NODE_DRAINING", func(claim *Claim) bool { return claim.cancel == nil })
	n.Unlock()
	wait(drainTimeout, func() bool { return len(n.claims) == 0 })
	n.Lock()
	n.failAll("NODE_DRAINING", func(*Claim) bool { return true })
	n.Unlock()
	wait(5*time.Second, func() bool { return len(n.outbox) == 0 })
	time.Sleep(100 * time.Millisecond) // The acks follow the confirms.
}
