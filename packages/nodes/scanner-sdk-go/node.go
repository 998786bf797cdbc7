// Package scannersdk is everything of a scanner node except the scan itself: you write a function that scans one
// address, and Run does the rest.
//
// What it guarantees:
//   - A job message is acked when the broker has confirmed an update for each of its subtasks. So at any time either
//     the queue or the server knows each subtask, and no delivery stays unacked for as long as a scan takes.
//   - Every claim has a random lease. Its updates count only under that lease.
//   - Every claim ends with a report, unless its task has ended, it is excluded, or the server has started another
//     attempt.
//   - Nothing runs that another node may have: when the node's lease is over, it gives up all its claims.
//   - Nothing begins while the node does not know what must not begin: it knows that for 2 s after each `repeated`.
//   - Nothing grows without bound: jobs wait in the queue while Capacity claims are open, and each claim has at most
//     one update that is not confirmed.
package scannersdk

import (
	"context"
	"errors"
	"log"
	"math/rand"
	"os"
	"sync"
	"time"
)

const (
	confirmTimeout = 3 * time.Second
	// drainSlack comes after the scans: for the confirms, the acks and the last heartbeat. RabbitMQ may no longer answer.
	drainSlack = 5 * time.Second
)

// ErrSuperseded is what Run returns if another process was there first under this node id, after the node has handed
// back what it held.
var ErrSuperseded = errors.New("another process has this node id: give each node a node id of its own")

// Run runs a node until ctx ends, then drains it. It returns ErrSuperseded, or an error that says which option is not
// valid.
func Run(ctx context.Context, options Options, scan ScanFunc) error {
	options = options.withDefaults()
	if err := options.check(); err != nil {
		return err
	}
	return newNode(ctx, options, scan).run()
}

// node keeps its state under one lock. The methods of its parts are called under it.
type node struct {
	options    Options
	scan       ScanFunc
	scope      scope
	urls       *brokerURLs
	instanceID string
	sender     sender
	log        *log.Logger
	changed    *wakeSignal
	// stopping ends when the node is to stop, cancelled when it consumes no jobs any more, drained when it may say
	// offline.
	stopping, cancelled, drained context.Context
	stop                         context.CancelCauseFunc
	endJobs, endDrain            context.CancelFunc

	mu          sync.Mutex
	jobs        *jobReader
	board       *claimBoard
	recent      recentReports
	returned    returnedJobs
	serverClock *serverClock
	tasks       *controlledTasks
	excluded    excludedNow
	outbox      *outbox
	lease       nodeLease
	isConnected bool
	isDraining  bool
	// away is of run alone.
	away outage
}

func newNode(ctx context.Context, options Options, scan ScanFunc) *node {
	allowed, _ := parseScope(options.Scope)
	urls, _ := newBrokerURLs(options.RabbitMQURL)
	n := &node{options: options, scan: scan, scope: allowed, urls: urls, instanceID: newID(),
		log: log.New(os.Stderr, "scannersdk: ", log.LstdFlags), changed: newWakeSignal(), jobs: newJobReader(),
		board: newClaimBoard(), recent: newRecentReports(), returned: newReturnedJobs(),
		serverClock: newServerClock(time.Now()), tasks: newControlledTasks(), outbox: newOutbox()}
	n.sender = sender{options.NodeID, n.instanceID}
	n.lease = nodeLease{limit: options.Lease, onLapsed: n.onLeaseLapsed}
	n.stopping, n.stop = context.WithCancelCause(ctx)
	n.cancelled, n.endJobs = context.WithCancel(context.Background())
	n.drained, n.endDrain = context.WithCancel(context.Background())
	return n
}

func (n *node) run() error {
	n.lease.renew(time.Now())
	for n.stopping.Err() == nil {
		began := time.Now()
		err := n.connectAndWork()
		n.mu.Lock()
		n.isConnected = false
		n.serverClock.noteDeaf()
		n.mu.Unlock()
		wait, isToLog := n.away.fail(time.Now(), time.Since(began), rand.Float64())
		if err != nil && isToLog { // It is unavailable, or no service has declared the exchanges yet.
			n.log.Printf("no connection to RabbitMQ, trying again: %v", err)
		}
		sleep(n.stopping, wait)
	}
	n.endDrain()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lease.stop()
	if errors.Is(context.Cause(n.stopping), ErrSuperseded) {
		return ErrSuperseded
	}
	return nil
}

func (n *node) connectAndWork() error {
	session, err := openSession(n.urls.takeNext())
	if err != nil {
		return err
	}
	defer session.close()
	if err := session.consumeControl(n.handleControl); err != nil {
		return err
	}
	updates, err1 := session.openChannel()
	heartbeats, err2 := session.openChannel()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	publisher, err := newPublisher(updates, heartbeats, n.urls.user)
	if err != nil {
		return err
	}
	if n.away.noteConnected() {
		n.log.Print("connected to RabbitMQ again")
	}
	n.mu.Lock()
	n.isConnected = true
	n.serverClock.noteListening(time.Now())
	n.mu.Unlock()
	go n.sendUpdates(session, publisher)
	go n.beatOn(session, publisher)
	isStopping := func() bool { return n.stopping.Err() != nil }
	waitForRoom := func() bool { return n.waitUntil(session, n.hasRoom) }
	if err := session.consumeJobs(n.options.Pools, isStopping, n.handleJob, waitForRoom); err != nil {
		return err
	}
	select {
	case <-session.Done():
		return context.Cause(session)
	case <-n.stopping.Done():
	}
	drained := make(chan struct{})
	go func() { n.drain(session, publisher); close(drained) }()
	select {
	case <-drained:
	case <-session.Done():
	case <-time.After(max(n.options.DrainTimeout, 0) + drainSlack):
	}
	return nil
}

// drain gives back what was not claimed, hands back what has not started, lets the scans end for a time, and waits for
// the confirms.
func (n *node) drain(session *session, to *publisher) {
	n.mu.Lock()
	n.isDraining = true
	n.handBack(false)
	n.mu.Unlock()
	n.changed.wake()
	session.cancelJobs(n.options.Pools)
	n.endJobs()
	n.waitAtMost(session, n.options.DrainTimeout, func() bool { return n.board.size() == 0 })
	n.mu.Lock()
	n.handBack(true)
	n.mu.Unlock()
	n.waitAtMost(session, confirmTimeout, n.outbox.isEmpty)
	acked := make(chan struct{})
	go func() { session.pools.Wait(); close(acked) }()
	select {
	case <-acked:
	case <-time.After(confirmTimeout):
	}
	n.endDrain()
	n.beat(session, to, "offline")
}

// hasRoom says whether the node may claim another job.
func (n *node) hasRoom() bool {
	isPaused := func(taskID string) bool { return n.stateOf(taskID) == "paused" }
	return n.isConnected && n.knowsRules() && n.lease.isHeld() &&
		n.board.countActive(isPaused) < n.options.Capacity && n.board.size() < maxCapacity
}

func (n *node) mayStart(claim *claim) bool {
	return n.lease.isHeld() && n.knowsRules() && !n.isOver(claim.plan) && n.stateOf(claim.TaskID) == "running"
}

// portsLeft gives the ports of a claim that may be scanned now.
func (n *node) portsLeft(claim *claim) []int {
	return n.excluded.portsLeft(claim.IP, claim.plan.portsOf(claim.IP), time.Now())
}

func (n *node) knowsRules() bool { return n.serverClock.knowsRules(time.Now()) }

func (n *node) isOver(plan *jobPlan) bool { return n.serverClock.isOver(plan, time.Now()) }

func (n *node) stateOf(taskID string) string { return n.tasks.stateOf(taskID, time.Now()) }

func (n *node) report(update *update) <-chan struct{} {
	if update.CompletedTime != nil {
		n.recent.note(update)
	}
	confirmed := n.outbox.report(update)
	n.changed.wake()
	return confirmed
}

func (n *node) onLeaseLapsed() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.lease.isHeld() {
		n.giveUpAll()
	}
}

func (n *node) tryAgain() {
	n.startMore()
	n.changed.wake()
}

// waitUntil looks under the lock, after each change, whether isDone; false if ctx ends first.
func (n *node) waitUntil(ctx context.Context, isDone func() bool) bool {
	for {
		woken := n.changed.woken()
		n.mu.Lock()
		done := isDone()
		n.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-woken:
		case <-ctx.Done():
			return false
		}
	}
}

func (n *node) waitAtMost(ctx context.Context, limit time.Duration, isDone func() bool) {
	ctx, stop := context.WithTimeout(ctx, limit)
	defer stop()
	n.waitUntil(ctx, isDone)
}

// sleep is false if ctx ends first.
func sleep(ctx context.Context, duration time.Duration) bool {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
