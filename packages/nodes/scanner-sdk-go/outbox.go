package scannersdk

import (
	"container/list"
	"encoding/json"
)

// outbox has the newest unconfirmed update of each claim, by its lease: updates are cumulative, so it replaces earlier
// ones. What could not be sent stays.
type outbox struct {
	entries map[string]*list.Element
	order   *list.List
	// traces: by task, the traceparent of its newest job.
	traces *boundedMap[string, string]
}

type outboxEntry struct {
	update *update
	// confirmed is closed when the broker has confirmed an update of the claim.
	confirmed chan struct{}
}

func newOutbox() *outbox {
	return &outbox{entries: map[string]*list.Element{}, order: list.New(),
		traces: newBoundedMap[string, string](1_000)}
}

// report queues an update. The channel is closed when the broker has confirmed an update of the claim from now on.
func (o *outbox) report(update *update) <-chan struct{} {
	if element, isThere := o.entries[update.LeaseID]; isThere {
		entry := element.Value.(*outboxEntry)
		entry.update = update
		return entry.confirmed
	}
	entry := &outboxEntry{update, make(chan struct{})}
	o.entries[update.LeaseID] = o.order.PushBack(entry)
	return entry.confirmed
}

// forget drops what was not sent of a claim that the server has given up.
func (o *outbox) forget(leaseID string) {
	if element, isThere := o.entries[leaseID]; isThere {
		close(element.Value.(*outboxEntry).confirmed)
		o.order.Remove(element)
		delete(o.entries, leaseID)
	}
}

func (o *outbox) noteTrace(taskID, traceparent string) {
	if traceparent != "" {
		o.traces.set(taskID, traceparent)
	}
}

func (o *outbox) isEmpty() bool { return len(o.entries) == 0 }

func (o *outbox) unconfirmed() (updates []*update) {
	for element := o.order.Front(); element != nil; element = element.Next() {
		updates = append(updates, element.Value.(*outboxEntry).update)
	}
	return updates
}

// takeBatch gives the oldest updates within the limits of an envelope, and their traces.
func (o *outbox) takeBatch() (batch []*update, traces map[string]string) {
	size := 0
	for element := o.order.Front(); element != nil; element = element.Next() {
		each := element.Value.(*outboxEntry).update
		text, _ := json.Marshal(each)
		size += len(text)
		if len(batch) > 0 && (len(batch) >= maxUpdatesPerEnvelope || size > maxEnvelopeBytes) {
			break
		}
		batch = append(batch, each)
		if trace, isTraced := o.traces.get(each.TaskID); isTraced {
			if traces == nil {
				traces = map[string]string{}
			}
			traces[each.TaskID] = trace
		}
	}
	return batch, traces
}

// confirm: the broker has these. An entry stays if a newer update came meanwhile.
func (o *outbox) confirm(batch []*update) {
	for _, sent := range batch {
		element, isThere := o.entries[sent.LeaseID]
		if !isThere {
			continue
		}
		entry := element.Value.(*outboxEntry)
		if entry.update == sent {
			o.forget(sent.LeaseID)
		} else {
			close(entry.confirmed)
			entry.confirmed = make(chan struct{})
		}
	}
}
