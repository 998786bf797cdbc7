package scannersdk

import (
	"context"
	"fmt"
	"time"
)

// late is by how much a timer may be late. A later one proves nothing: the process stalled, and answers wait in its
// sockets. The scan gets that time back.
const late = 500 * time.Millisecond

// startMore starts claims that wait, while slots are free. Called under the lock.
func (n *node) startMore() {
	free := n.options.Capacity - n.board.countRunning()
	for _, claim := range n.board.list() {
		if free <= 0 || n.isDraining {
			return
		}
		if !claim.isRunning() && n.mayStart(claim) {
			n.start(claim)
			free--
		}
	}
}

func (n *node) start(claim *claim) {
	now := time.Now()
	ctx, cancel := context.WithCancelCause(context.Background())
	claim.startedTime, claim.cancel, claim.ports = &now, cancel, n.portsLeft(claim)
	n.startTimer(claim, claim.plan.timeout)
	n.report(claim.toOpenUpdate())
	target := ScanTarget{IP: claim.IP, Ports: claim.ports, Method: claim.plan.method, Options: claim.plan.options,
		TaskID: claim.TaskID, SubtaskID: claim.SubtaskID, Attempt: claim.Attempt, Timeout: claim.plan.timeout,
		Progress: func(percent float64) { n.noteProgress(claim, percent) }}
	go func() {
		result, err := scanSafely(ctx, n.scan, target)
		n.mu.Lock()
		defer n.mu.Unlock()
		if err == nil {
			n.end(claim, claim.toResultUpdate(result), nil)
		} else {
			n.end(claim, claim.toFailedUpdate(toErrorInfo(err)), nil)
		}
	}()
}

// scanSafely makes an error of a panic.
func scanSafely(ctx context.Context, scan ScanFunc, target ScanTarget) (result ScanResult, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	return scan(ctx, target)
}

func (n *node) noteProgress(claim *claim, percent float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if percent >= 0 {
		claim.progress = min(percent, 100)
	}
}

func (n *node) startTimer(claim *claim, limit time.Duration) {
	due := time.Now().Add(limit)
	claim.timer = time.AfterFunc(limit, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if overdue := time.Since(due); overdue > late {
			n.startTimer(claim, overdue)
			return
		}
		message := fmt.Sprintf("the scan did not end within %s", claim.plan.timeout)
		n.end(claim, claim.toFailedUpdate("SUBTASK_TIMEOUT", message), ErrTimedOut)
	})
}

// end takes a claim from the board: it is reported, or the server has given it up. A slot is free at once: a scan that
// ignores its context keeps running, and its result is ignored. why is given where the scan may still run.
func (n *node) end(claim *claim, last *update, why error) {
	if !n.board.holds(claim) {
		return
	}
	n.board.remove(claim)
	if claim.timer != nil {
		claim.timer.Stop()
	}
	if last != nil {
		n.report(last)
	}
	if claim.cancel != nil {
		claim.cancel(why)
	}
	n.tryAgain()
}

// drop gives up a claim that the server has given up: nothing of it need be reported.
func (n *node) drop(claim *claim, why error) {
	n.outbox.forget(claim.leaseID)
	n.end(claim, nil, why)
}

// giveUpAll: the lease of the node is over. Called under the lock.
func (n *node) giveUpAll() {
	claims := n.board.list()
	n.log.Printf("cut off from RabbitMQ for %s: %d claims given up", n.options.Lease, len(claims))
	message := fmt.Sprintf("node %s was cut off from RabbitMQ for %s", n.options.NodeID, n.options.Lease)
	for _, claim := range claims {
		n.end(claim, claim.toFailedUpdate("NODE_LOST", message), ErrLeaseLost)
	}
}

// handBackLate returns the claims that wait although nothing of their job may begin any more. Called under the lock.
func (n *node) handBackLate() {
	for _, claim := range n.board.list() {
		if !claim.isRunning() && n.isOver(claim.plan) {
			n.end(claim, claim.toFailedUpdate("TASK_HELD", "its job may no longer begin"), ErrDraining)
		}
	}
}

// handBack returns the claims that wait, or all. Called under the lock.
func (n *node) handBack(runningToo bool) {
	for _, claim := range n.board.list() {
		if runningToo || !claim.isRunning() {
			n.end(claim, claim.toFailedUpdate("NODE_DRAINING", "the node is stopping"), ErrDraining)
		}
	}
}
