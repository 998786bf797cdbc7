package scannersdk

import (
	"fmt"
	"testing"
)

func makeUpdate(leaseID, status string) *update {
	return &update{subtask: subtask{TaskID: "t", SubtaskID: "t-0"}, LeaseID: leaseID, Status: status}
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

func TestTheOutboxSendsTheNewestUpdateOfEachClaim(t *testing.T) {
	outbox := newOutbox()
	outbox.report(makeUpdate("a", "ASSIGNED"))
	outbox.report(makeUpdate("b", "SCANNING"))
	outbox.report(makeUpdate("a", "COMPLETED"))
	_, batch, _ := outbox.takeBatch()
	if len(batch) != 2 || batch[0].Status != "COMPLETED" || batch[1].Status != "SCANNING" {
		t.Errorf("%v", batch)
	}
}

func TestTheOutboxKeepsAnUpdateThatIsNewerThanTheConfirmedOne(t *testing.T) {
	outbox := newOutbox()
	confirmed := outbox.report(makeUpdate("a", "SCANNING"))
	_, sent, _ := outbox.takeBatch()
	newer := makeUpdate("a", "COMPLETED")
	outbox.report(newer)
	outbox.confirm(sent)
	if _, batch, _ := outbox.takeBatch(); !isClosed(confirmed) || len(batch) != 1 || batch[0] != newer {
		t.Errorf("%v", batch)
	}
	outbox.confirm([]*update{newer})
	if !outbox.isEmpty() {
		t.Error("not empty")
	}
}

func TestTheOutboxForgetsAKeyThatNoQueueHas(t *testing.T) {
	outbox := newOutbox()
	outbox.noteJob("t", "updates.1", "00-trace")
	outbox.report(makeUpdate("a", "SCANNING"))
	if key, _, traces := outbox.takeBatch(); key != "updates.1" || traces["t"] != "00-trace" {
		t.Error(key, traces)
	}
	outbox.forgetKey("updates.1")
	if key, batch, _ := outbox.takeBatch(); key != firstKey || len(batch) != 1 {
		t.Error(key, batch)
	}
}

func TestAnEnvelopeHas500UpdatesOfOneKeyAtMost(t *testing.T) {
	outbox := newOutbox()
	outbox.noteJob("other", "updates.1", "")
	other := makeUpdate("x", "SCANNING")
	other.TaskID = "other"
	for i := 0; i < 501; i++ {
		outbox.report(makeUpdate(fmt.Sprint(i), "SCANNING"))
	}
	outbox.report(other)
	for _, due := range []struct {
		key   string
		count int
	}{{firstKey, 500}, {firstKey, 1}, {"updates.1", 1}} {
		key, batch, _ := outbox.takeBatch()
		if key != due.key || len(batch) != due.count {
			t.Errorf("%d by %s, due are %v", len(batch), key, due)
		}
		outbox.confirm(batch)
	}
}
