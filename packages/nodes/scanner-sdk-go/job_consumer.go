package scannersdk

import (
	"context"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// verdict says what becomes of a job message.
type verdict int

const (
	// wait: the node has no room.
	wait verdict = iota
	// leave: the connection is lost. The job goes back to the queue with its channel.
	leave
	// refuse: the node stops. The job goes back to the queue when no other comes.
	refuse
	// ackOnly: the server cancels the subtasks of an ended task, and sends the others again when they may begin. Also when
	// the node stops: the next one may have missed the message.
	ackOnly
	// giveBack: the job is for other nodes, so they get it first.
	giveBack
	claimNow
)

// handleJob turns a job message into claims. A job waits here, unclaimed, until the node has room, so that other nodes
// can take it. The message is acked when the broker has confirmed an update for each of its subtasks: so at any time
// either the queue or the server knows each subtask. A message whose connection is lost is left alone: it goes to
// another node. False if the job found no room for longer than RabbitMQ lets a message wait.
func (n *node) handleJob(session context.Context, delivery amqp.Delivery) bool {
	job, returnAfter, isReturned, err := n.readJob(delivery)
	if err != nil {
		n.log.Printf("a job cannot be read, and is rejected: %v", err)
		delivery.Reject(false)
		return true
	}
	waiting, stop := context.WithTimeout(session, n.options.ConsumerTimeout*5/6)
	defer stop()
	decided := wait
	var confirms []<-chan struct{}
	n.waitUntil(waiting, func() bool {
		decided = n.decide(session, job, isReturned)
		if decided == claimNow {
			confirms = n.claimJob(job, delivery)
		}
		return decided != wait
	})
	switch {
	case decided == leave || session.Err() != nil:
	case decided == refuse:
		if waitForAll(session, []<-chan struct{}{n.cancelled.Done()}) {
			delivery.Nack(false, true)
		}
	case decided == ackOnly:
		delivery.Ack(false)
	case decided == giveBack:
		if sleep(session, returnAfter) {
			delivery.Nack(false, true)
		}
	case decided == claimNow:
		if waitForAll(session, confirms) {
			delivery.Ack(false)
		}
	default:
		delivery.Nack(false, true)
		return false
	}
	return true
}

func (n *node) readJob(delivery amqp.Delivery) (read *job, returnAfter time.Duration, isReturned bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	read, err = n.jobs.read(delivery.Body)
	if err == nil && (read.avoidNode == n.options.NodeID || n.isUnsupported(read)) {
		deliveries, _ := delivery.Headers["x-delivery-count"].(int64)
		returnAfter, isReturned = n.returned.countArrival(read, deliveries)
	}
	return read, returnAfter, isReturned, err
}

// decide is called under the lock.
func (n *node) decide(session context.Context, job *job, isReturned bool) verdict {
	switch {
	case session.Err() != nil:
		return leave
	case n.stateOf(job.taskID) != "running", job.plan != nil && n.isOver(job.plan):
		return ackOnly
	case n.stopping.Err() != nil:
		return refuse
	case isReturned:
		return giveBack
	case n.hasRoom(), n.isUnsupported(job): // What is refused needs no slot.
		return claimNow
	}
	return wait
}

// claimJob claims all subtasks of a job, in one step under the lock. It gives the confirms that the ack waits for.
func (n *node) claimJob(job *job, delivery amqp.Delivery) (confirms []<-chan struct{}) {
	traceparent, _ := delivery.Headers["traceparent"].(string)
	n.outbox.noteTrace(job.taskID, traceparent)
	for _, subtask := range job.subtasks {
		if confirmed := n.claim(job, subtask); confirmed != nil {
			confirms = append(confirms, confirmed)
		}
	}
	n.startMore()
	return confirms
}

// claim gives the confirm of the update that stands for the subtask; nil for an older attempt, and for what is excluded
// now.
func (n *node) claim(job *job, subtask subtask) <-chan struct{} {
	held, last := n.board.find(subtask.SubtaskID), n.recent.find(subtask.SubtaskID)
	switch {
	case held != nil && held.Attempt == subtask.Attempt:
		return n.report(held.toOpenUpdate())
	case last != nil && last.Attempt == subtask.Attempt:
		return n.report(last)
	case held != nil && held.Attempt > subtask.Attempt, last != nil && last.Attempt > subtask.Attempt:
		return nil
	case held != nil:
		n.drop(held, ErrLeaseLost)
	}
	claim := newClaim(subtask, job.plan)
	switch {
	case job.plan == nil:
		return n.report(claim.toFailedUpdate("INVALID_JOB", job.problem.Error()))
	case n.isUnsupported(job):
		message := fmt.Sprintf("node %s takes no %s scans", n.options.NodeID, job.plan.method)
		return n.report(claim.toFailedUpdate("METHOD_UNSUPPORTED", message))
	case !n.scope.allows(subtask.IP):
		return n.report(claim.toFailedUpdate("OUT_OF_SCOPE", subtask.IP+" is outside the scope of this node"))
	case job.plan.excluded.has(subtask.IP):
		return n.report(claim.toFailedUpdate("OUT_OF_SCOPE", subtask.IP+" is excluded by the task"))
	case len(job.plan.portsOf(subtask.IP)) == 0:
		return n.report(claim.toFailedUpdate("OUT_OF_SCOPE", "all ports of "+subtask.IP+" are excluded by the task"))
	case len(n.portsLeft(claim)) == 0: // The server cancels it, as it does the subtasks of an ended task.
		return nil
	}
	n.board.add(claim)
	return n.report(claim.toOpenUpdate())
}

func (n *node) isUnsupported(job *job) bool {
	return job.plan != nil && !slices.Contains(n.options.Methods, job.plan.method)
}

// waitForAll is false if the session ends first.
func waitForAll(session context.Context, confirms []<-chan struct{}) bool {
	for _, confirmed := range confirms {
		select {
		case <-confirmed:
		case <-session.Done():
			return false
		}
	}
	return true
}
