package main

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"
)

// message is a JSON object: an update, an envelope, a heartbeat.
type message map[string]any

// Claim is the hold on one attempt of one subtask. Each change makes a new update, which has all that is known.
type Claim struct {
	Subtask
	job       *Job
	lease     string
	update    message
	changes   int                // Of the update.
	confirmed bool               // The broker has an update of it.
	cancel    context.CancelFunc // Set while it is scanned.
}

// Node keeps what it holds. Its methods run under its lock, but for the loops, takeJob and drain.
type Node struct {
	sync.Mutex
	stopping               context.Context
	stop                   context.CancelFunc
	claims, recent         map[string]*Claim   // By subtask: what is held, and what ended lately, for jobs that come twice.
	outbox                 map[string]*Claim   // By lease: whose newest update is not confirmed.
	oldest                 []string            // The keys of recent, in their order.
	tasks                  map[string]standing // Of the tasks that control has named.
	returned               map[Subtask]int
	confirmedAt, seesAfter time.Time // The last heartbeat that was confirmed; when a missed pause need not be feared.
}

// standing says how a task stands, and until when.
type standing struct {
	state string
	until time.Time
}

const (
	remembered      = 2000
	waitForRepeated = 10 * time.Second
)

var never = time.Now().Add(1 << 62)

func newNode(signalled context.Context) *Node {
	stopping, stop := context.WithCancel(signalled)
	return &Node{stopping: stopping, stop: stop, confirmedAt: time.Now(), returned: map[Subtask]int{},
		claims: map[string]*Claim{}, recent: map[string]*Claim{}, outbox: map[string]*Claim{},
		tasks: map[string]standing{}}
}

func (n *Node) hasLease() bool { return time.Since(n.confirmedAt) < lease }

func (n *Node) mayStart() bool {
	return n.hasLease() && time.Now().After(n.seesAfter) && n.stopping.Err() == nil
}

func (n *Node) stateOf(task string) string {
	if found, isKnown := n.tasks[task]; isKnown && time.Now().Before(found.until) {
		return found.state
	}
	return "running"
}

// waits says of a claim whether it has not started and its task is paused. Such a claim is not active.
func (n *Node) waits(claim *Claim) bool {
	return claim.cancel == nil && n.stateOf(claim.job.TaskID) == "paused"
}

// A fresh node has missed no pause. After a lost connection it waits for `repeated`, 10 s at most.
func (n *Node) listen() {
	n.Lock()
	defer n.Unlock()
	if n.seesAfter == never {
		n.seesAfter = time.Now().Add(waitForRepeated)
	}
}

func (n *Node) loseConnection() { n.Lock(); n.seesAfter = never; n.Unlock() }

func (n *Node) countActive() (active int) {
	for _, claim := range n.claims {
		if !n.waits(claim) {
			active++
		}
	}
	return active
}

func (n *Node) report(claim *Claim, changes message) {
	update := maps.Clone(claim.update)
	maps.Copy(update, changes)
	claim.update, n.outbox[claim.lease] = update, claim
	claim.changes++
}

func (n *Node) end(claim *Claim, status, code string, result any) {
	changes := message{"status": status, "completed_time": time.Now()}
	if code != "" {
		changes["error_info"] = message{"error_code": code, "error_message": strings.ReplaceAll(code, "_", " ")}
	} else {
		changes["scan_result"] = result
	}
	n.report(claim, changes)
	if _, isThere := n.recent[claim.SubtaskID]; !isThere {
		n.oldest = append(n.oldest, claim.SubtaskID)
	}
	n.recent[claim.SubtaskID] = claim
	if len(n.oldest) > remembered {
		delete(n.recent, n.oldest[0])
		n.oldest = n.oldest[1:]
	}
	n.drop(claim)
	claim.job = nil // It may have 65,535 ports.
}

func (n *Node) endAll(code string, runningToo bool) {
	for _, claim := range n.claims {
		if runningToo || claim.cancel == nil {
			n.end(claim, "FAILED", code, nil)
		}
	}
}

func (n *Node) drop(claim *Claim) {
	if n.claims[claim.SubtaskID] == claim {
		delete(n.claims, claim.SubtaskID)
	}
	if claim.cancel != nil {
		claim.cancel()
	}
}

// forget drops a claim that the server has given up, with what was not reported of it.
func (n *Node) forget(claim *Claim) {
	delete(n.outbox, claim.lease)
	claim.confirmed = true
	n.drop(claim)
}

func (n *Node) startMore() {
	running := 0
	for _, claim := range n.claims {
		if claim.cancel != nil {
			running++
		}
	}
	for _, claim := range n.claims {
		if running < capacity && n.mayStart() && claim.cancel == nil && !n.waits(claim) {
			limit := time.Duration(claim.job.SubtaskTimeout * float64(time.Second))
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			claim.cancel = cancel
			n.report(claim, message{"status": "SCANNING", "started_time": time.Now()})
			running++
			go n.run(ctx, claim)
		}
	}
}

func (n *Node) run(ctx context.Context, claim *Claim) {
	result := scan(ctx, claim.IP, claim.job.ports)
	n.Lock()
	defer n.Unlock()
	if n.claims[claim.SubtaskID] != claim {
		return
	}
	// A dial ends at this deadline too, perhaps before the context knows of it.
	if deadline, _ := ctx.Deadline(); time.Now().After(deadline) {
		n.end(claim, "TIMEOUT", "SUBTASK_TIMEOUT", nil)
	} else {
		n.end(claim, "COMPLETED", "", result)
	}
	n.startMore()
}

// claim gives the claim whose update is to be confirmed before the ack; nil for an older attempt.
func (n *Node) claim(job *Job, subtask Subtask) *Claim {
	held := n.claims[subtask.SubtaskID]
	known := held
	if known == nil {
		known = n.recent[subtask.SubtaskID]
	}
	if known != nil && known.Attempt > subtask.Attempt {
		return nil
	}
	if known != nil && known.Attempt == subtask.Attempt {
		known.confirmed = false
		n.report(known, nil)
		return known
	}
	if held != nil {
		n.forget(held)
	}
	claim := &Claim{Subtask: subtask, job: job, lease: newID()}
	claim.update = message{"task_id": job.TaskID, "subtask_id": subtask.SubtaskID, "ip": subtask.IP,
		"attempt": subtask.Attempt, "lease_id": claim.lease, "status": "ASSIGNED", "assigned_time": time.Now()}
	switch {
	case job.invalid != nil:
		n.end(claim, "FAILED", "INVALID_JOB", nil)
	case !job.mayScan(subtask.IP):
		n.end(claim, "FAILED", "OUT_OF_SCOPE", nil)
	case job.Scan.Method != "connect":
		n.end(claim, "FAILED", "SCANNER_MISSING", nil)
	default:
		n.claims[subtask.SubtaskID] = claim
		n.report(claim, nil)
	}
	return claim
}
