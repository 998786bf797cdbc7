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
	batch, _ := outbox.takeBatch()
	if len(batch) != 2 || batch[0].Status != "COMPLETED" || batch[1].Status != "SCANNING" {
		t.Errorf("%v", batch)
	}
}

func TestTheOutboxKeepsAnUpdateThatIsNewerThanTheConfirmedOne(t *testing.T) {
	outbox := newOutbox()
	confirmed := outbox.report(makeUpdate("a", "SCANNING"))
	sent, _ := outbox.takeBatch()
	newer := makeUpdate("a", "COMPLETED")
	outbox.report(newer)
	outbox.confirm(sent)
	if batch, _ := outbox.takeBatch(); !isClosed(confirmed) || len(batch) != 1 || batch[0] != newer {
		t.Errorf("%v", batch)
	}
	outbox.confirm([]*update{newer})
	if !outbox.isEmpty() {
		t.Error("not empty")
	}
}

func TestAnEnvelopeHasTheTracesOfItsTasks(t *testing.T) {
	outbox := newOutbox()
	outbox.noteTrace("t", "00-trace")
	outbox.report(makeUpdate("a", "SCANNING"))
	if _, traces := outbox.takeBatch(); traces["t"] != "00-trace" {
		t.Error(traces)
	}
}

func TestAnEnvelopeHas500UpdatesAtMost(t *testing.T) {
	outbox := newOutbox()
	for i := 0; i < 501; i++ {
		outbox.report(makeUpdate(fmt.Sprint(i), "SCANNING"))
	}
	for _, due := range []int{500, 1} {
		batch, _ := outbox.takeBatch()
		if len(batch) != due {
			t.Errorf("%d, due are %d", len(batch), due)
		}
		outbox.confirm(batch)
	}
}
