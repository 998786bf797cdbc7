package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

const (
	pauseHolds = 30 * time.Second
	endedHolds = 5 * time.Minute
	remembered = 2000
)

var errSuperseded = errors.New("another process has this node_id")

// Claim is the hold on one attempt of one subtask; cancel is set while it is scanned.
type Claim struct {
	update  Update
	ports   []int
	timeout time.Duration
	cancel  context.CancelFunc
}

// unsent is the newest update of an attempt, and who waits for its confirm.
type unsent struct {
	update  Update
	waiting []chan struct{}
}

// Node keeps what it holds; every method but the loops and takeJob runs under its lock.
type Node struct {
	sync.Mutex
	stopping              context.Context
	stop                  context.CancelCauseFunc
	claims                map[string]*Claim
	outbox                map[string]*unsent
	recent                map[string]Update
	oldest                []string
	paused, ended         map[string]time.Time
	returned              map[string]int
	hasLease, seesPauses  bool
	confirmedAt, listened time.Time
}

func newNode(stopping context.Context, stop context.CancelCauseFunc) *Node {
	return &Node{stopping: stopping, stop: stop, claims: map[string]*Claim{}, outbox: map[string]*unsent{},
		recent: map[string]Update{}, paused: map[string]time.Time{}, ended: map[string]time.Time{},
		returned: map[string]int{}, hasLease: true, seesPauses: true, confirmedAt: time.Now(), listened: time.Now()}
}

func now() *time.Time { at := time.Now().UTC(); return &at }

func (n *Node) isPaused(task string) bool { return time.Now().Before(n.paused[task]) }
func (n *Node) isEnded(task string) bool  { return time.Now().Before(n.ended[task]) }
func (n *Node) mayStart() bool            { return n.hasLease && n.seesPauses && n.stopping.Err() == nil }
func (n *Node) listen()                   { n.Lock(); n.listened = time.Now(); n.Unlock() }
func (n *Node) loseConnection()           { n.Lock(); n.seesPauses = false; n.Unlock() }

// count says how many claims run, and how many are active: those of paused tasks that have not started are not.
func (n *Node) count() (running, active int) {
	for _, claim := range n.claims {
		if claim.cancel != nil {
			running++
		}
		if claim.cancel != nil || !n.isPaused(claim.update.TaskID) {
			active++
		}
	}
	return running, active
}

// report keeps the newest update of an attempt until it is confirmed; the channel is closed then.
func (n *Node) report(update Update) chan struct{} {
	confirmed, waiting := make(chan struct{}), []chan struct{}{}
	if older := n.outbox[update.LeaseID]; older != nil {
		waiting = older.waiting
	}
	n.outbox[update.LeaseID] = &unsent{update, append(waiting, confirmed)}
	return confirmed
}

func (n *Node) end(claim *Claim, status, code string, result *ScanResult) chan struct{} {
	n.drop(claim)
	claim.update.Status, claim.update.CompletedTime, claim.update.ScanResult = status, now(), result
	if code != "" {
		claim.update.ErrorInfo = &ErrorInfo{code, strings.ToLower(strings.ReplaceAll(code, "_", " "))}
	}
	if _, known := n.recent[claim.update.SubtaskID]; !known {
		n.oldest = append(n.oldest, claim.update.SubtaskID)
	}
	n.recent[claim.update.SubtaskID] = claim.update
	if len(n.oldest) > remembered {
		delete(n.recent, n.oldest[0])
		n.oldest = n.oldest[1:]
	}
	return n.report(claim.update)
}

func (n *Node) drop(claim *Claim) {
	if n.claims[claim.update.SubtaskID] == claim {
		delete(n.claims, claim.update.SubtaskID)
	}
	if claim.cancel != nil {
		claim.cancel()
	}
}

// forget drops a claim that the server has given up, with what was not reported of it.
func (n *Node) forget(claim *Claim) {
	if left := n.outbox[claim.update.LeaseID]; left != nil {
		settle(left.waiting)
		delete(n.outbox, claim.update.LeaseID)
	}
	n.drop(claim)
}

func settle(waiting []chan struct{}) {
	for _, each := range waiting {
		select {
		case <-each:
		default:
			close(each)
		}
	}
}

func (n *Node) startMore() {
	running, _ := n.count()
	for _, claim := range n.claims {
		if running >= capacity || !n.mayStart() {
			return
		}
		if claim.cancel != nil || n.isPaused(claim.update.TaskID) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), claim.timeout)
		claim.cancel = cancel
		claim.update.Status, claim.update.StartedTime = "SCANNING", now()
		n.report(claim.update)
		running++
		go n.run(ctx, claim)
	}
}

func (n *Node) run(ctx context.Context, claim *Claim) {
	result := scan(ctx, claim.update.IP, claim.ports)
	n.Lock()
	defer n.Unlock()
	if n.claims[claim.update.SubtaskID] != claim {
		return
	}
	// A dial ends at this deadline too, perhaps before the context knows of it.
	if deadline, _ := ctx.Deadline(); !time.Now().Before(deadline) {
		n.end(claim, "TIMEOUT", "SUBTASK_TIMEOUT", nil)
	} else {
		n.end(claim, "COMPLETED", "", &result)
	}
	n.startMore()
}

func (n *Node) claim(job *Job, index int, ports []int, excluded Excluded, isInvalid bool) chan struct{} {
	subtask := job.Subtasks[index]
	held, last := n.claims[subtask.SubtaskID], n.recent[subtask.SubtaskID]
	if held != nil {
		last = held.update
	}
	if last.Attempt == subtask.Attempt {
		return n.report(last)
	}
	if last.Attempt > subtask.Attempt {
		return nil
	}
	if held != nil {
		n.forget(held)
	}
	claim := &Claim{ports: ports, timeout: time.Duration(job.SubtaskTimeout * float64(time.Second)), update: Update{
		TaskID: job.TaskID, SubtaskID: subtask.SubtaskID, IP: subtask.IP, Attempt: subtask.Attempt,
		LeaseID: newID(), Status: "ASSIGNED", AssignedTime: now()}}
	switch {
	case isInvalid:
		return n.end(claim, "FAILED", "INVALID_JOB", nil)
	case !mayScan(subtask.IP, excluded):
		return n.end(claim, "FAILED", "OUT_OF_SCOPE", nil)
	case job.Scan.Method != "connect":
		return n.end(claim, "FAILED", "SCANNER_MISSING", nil)
	}
	n.claims[subtask.SubtaskID] = claim
	return n.report(claim.update)
}
