package scannersdk

import (
	"context"
	"time"
)

// heartbeat says what the node is, and all that it holds.
type heartbeat struct {
	sender
	Contract     int           `json:"contract"`
	Timestamp    int64         `json:"timestamp"`
	Status       string        `json:"status"`
	Capacity     int           `json:"capacity"`
	Pools        []string      `json:"pools"`
	Methods      []string      `json:"methods"`
	Version      string        `json:"version"`
	CurrentTasks []currentTask `json:"current_tasks"`
	SystemInfo   systemInfo    `json:"system_info"`
}

type currentTask struct {
	SubtaskID string  `json:"subtask_id"`
	Status    string  `json:"status"`
	Progress  float64 `json:"progress"`
}

type systemInfo struct {
	CPUUsage      float64 `json:"cpu_usage"`
	MemoryUsage   float64 `json:"memory_usage"`
	ActiveThreads int     `json:"active_threads"`
}

// beatOn sends a heartbeat now and at each interval, until the session ends or the node stops.
func (n *node) beatOn(session context.Context, to *publisher) {
	for n.stopping.Err() == nil {
		began := time.Now()
		n.beat(session, to, "")
		select {
		case <-time.After(time.Until(began.Add(n.options.HeartbeatInterval))):
		case <-session.Done():
			return
		case <-n.stopping.Done():
		}
	}
	n.beatWhileDraining(session, to)
}

// beatWhileDraining keeps the server informed while the last scans end; drain ends it before it says offline.
func (n *node) beatWhileDraining(session context.Context, to *publisher) {
	for n.beat(session, to, "draining"); sleep(n.drained, n.options.HeartbeatInterval); {
		n.beat(session, to, "draining")
	}
}

// beat sends a heartbeat and waits for its confirm.
func (n *node) beat(session context.Context, to *publisher, status string) {
	n.mu.Lock()
	running := n.board.countRunning()
	if status == "" {
		status = "online"
		if running >= n.options.Capacity {
			status = "busy"
		}
	}
	sentAt := time.Now()
	load := sampleSystemLoad()
	load.ActiveThreads = running
	body := heartbeat{sender: n.sender, Contract: contractVersion, Timestamp: sentAt.UnixMilli(), Status: status,
		Capacity: n.options.Capacity, Pools: n.options.Pools, Methods: n.options.Methods, Version: n.options.Version,
		CurrentTasks: toCurrentTasks(n.board.list(), n.outbox.unconfirmed()), SystemInfo: load}
	n.mu.Unlock()
	if to.publishHeartbeat(session, body) != nil {
		return // Lost with its connection: the next connection begins with another one.
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lease.renew(sentAt)
	n.tryAgain()
}

// toCurrentTasks lists the claims, and the subtasks that are finished but whose last update is unconfirmed. A subtask
// that is missing here counts as a zombie, and goes to another node.
func toCurrentTasks(held []*claim, unconfirmed []*update) []currentTask {
	tasks, isListed := []currentTask{}, map[string]bool{}
	for _, claim := range held {
		status := "assigned"
		if claim.isRunning() {
			status = "scanning"
		}
		tasks = append(tasks, currentTask{claim.SubtaskID, status, claim.progress})
		isListed[claim.SubtaskID] = true
	}
	for _, update := range unconfirmed {
		if !isListed[update.SubtaskID] {
			tasks = append(tasks, currentTask{update.SubtaskID, "scanning", 100})
			isListed[update.SubtaskID] = true
		}
	}
	return tasks[:min(len(tasks), maxCurrentTasks)]
}
