package scannersdk

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// stubAcknowledger keeps how a message was settled.
type stubAcknowledger struct{ settled []string }

func (s *stubAcknowledger) Ack(uint64, bool) error { s.settled = append(s.settled, "ack"); return nil }
func (s *stubAcknowledger) Reject(uint64, bool) error {
	s.settled = append(s.settled, "reject")
	return nil
}
func (s *stubAcknowledger) Nack(_ uint64, _, requeue bool) error {
	if requeue {
		s.settled = append(s.settled, "requeue")
	}
	return nil
}

// deliver hands a job to a node, and gives how it was settled, and whether the node consumes on.
func deliver(session context.Context, n *node) (settled []string, consumesOn bool) {
	return deliverMessage(session, n, amqp.Delivery{Body: makeBody(nil)})
}

func deliverMessage(session context.Context, n *node, message amqp.Delivery) (settled []string, consumesOn bool) {
	stub := &stubAcknowledger{}
	message.Acknowledger = stub
	consumesOn = n.handleJob(session, message)
	return stub.settled, consumesOn
}

func makeNode(isConnected bool) *node {
	n := newNode(context.Background(), Options{ConsumerTimeout: 12 * time.Millisecond}.withDefaults(), nil)
	n.isConnected = isConnected
	n.letBegin()
	return n
}

func TestAJobThatFindsNoRoomForTooLongGoesBack(t *testing.T) {
	settled, consumesOn := deliver(context.Background(), makeNode(false))
	if consumesOn || len(settled) != 1 || settled[0] != "requeue" {
		t.Error(settled, consumesOn)
	}
}

func TestAJobOfAnotherMethodGoesBackAndIsHandedBackIfNoOtherNodeTakesIt(t *testing.T) {
	n := makeNode(false)
	job := amqp.Delivery{Body: makeBody(map[string]any{"scan": map[string]any{"ports": "22", "method": "later"}})}
	if settled, _ := deliverMessage(context.Background(), n, job); !slices.Equal(settled, []string{"requeue"}) {
		t.Error(settled)
	}
	// Other nodes have returned it so often that the queue's delivery limit is near.
	job.Headers = amqp.Table{"x-delivery-count": int64(10)}
	session, lose := context.WithCancel(context.Background())
	go deliverMessage(session, n, job)
	n.waitUntil(session, func() bool { return !n.outbox.isEmpty() })
	n.mu.Lock()
	defer n.mu.Unlock()
	defer lose()
	if last := n.recent.find(taskID + "-0"); last == nil || last.ErrorInfo.ErrorCode != "METHOD_UNSUPPORTED" {
		t.Errorf("%+v", last)
	}
	if n.board.size() != 0 {
		t.Error("it is claimed")
	}
}

func TestAJobOfALostConnectionIsLeftAlone(t *testing.T) {
	n := makeNode(true)
	lost, lose := context.WithCancel(context.Background())
	lose()
	if settled, _ := deliver(lost, n); len(settled) != 0 || n.board.size() != 0 || !n.outbox.isEmpty() {
		t.Error(settled, n.board.size())
	}
}

func TestAJobGoesBackAtOnceWhenTheNodeHasCancelledItsConsumers(t *testing.T) {
	n := makeNode(true)
	n.stop(nil)
	n.endJobs()
	if settled, _ := deliver(context.Background(), n); len(settled) != 1 || settled[0] != "requeue" {
		t.Error(settled)
	}
}

func TestAJobOfAnEndedTaskIsAckedAlthoughTheNodeStops(t *testing.T) {
	n := makeNode(true)
	n.tasks.note(taskID, "ended", time.Now())
	n.stop(nil)
	n.endJobs()
	if settled, _ := deliver(context.Background(), n); !slices.Equal(settled, []string{"ack"}) {
		t.Error(settled)
	}
}

func TestAJobWhoseNotAfterHasComeIsAckedUnclaimedAndWhatWaitsOfItHandedBack(t *testing.T) {
	n := makeNode(true)
	n.options.Capacity = 0
	n.board.add(newClaim(subtask{TaskID: taskID, SubtaskID: taskID + "-1"}, &jobPlan{notAfter: 1_000}))
	n.board.add(newClaim(subtask{TaskID: taskID, SubtaskID: taskID + "-2"}, &jobPlan{notAfter: farAway}))
	job := amqp.Delivery{Body: makeBody(map[string]any{"not_after": 1_000})}
	repeat := func(serverTime int) {
		n.handleControl([]byte(fmt.Sprintf(`{"state":"repeated","within_ms":0,"server_time":%d}`, serverTime)))
	}
	repeat(-60_000)
	if settled, _ := deliverMessage(context.Background(), n, job); !slices.Equal(settled, []string{"requeue"}) {
		t.Error(settled)
	}
	if n.board.size() != 2 {
		t.Error("a claim is given up before its time")
	}
	repeat(1_000)
	if settled, _ := deliverMessage(context.Background(), n, job); !slices.Equal(settled, []string{"ack"}) {
		t.Error(settled)
	}
	last := n.recent.find(taskID + "-1")
	if n.board.size() != 1 || last == nil || last.ErrorInfo.ErrorCode != "TASK_HELD" {
		t.Errorf("%+v", last)
	}
}

func TestAJobThatShouldAvoidThisNodeIsReturnedThreeTimesAndKnownByItsID(t *testing.T) {
	returned := newReturnedJobs()
	countReturns := func(fields map[string]any) (returns int) {
		job, err := newJobReader().read(makeBody(fields))
		if err != nil {
			t.Fatal(err)
		}
		for _, isReturned := returned.countArrival(job, 0); isReturned; _, isReturned = returned.countArrival(job, 0) {
			returns++
		}
		return returns
	}
	// A job may have no id.
	for _, fields := range []map[string]any{{"job_id": "first"}, {"job_id": "second"}, nil} {
		if returns := countReturns(fields); returns != 3 {
			t.Errorf("%v: %d", fields, returns)
		}
	}
}
