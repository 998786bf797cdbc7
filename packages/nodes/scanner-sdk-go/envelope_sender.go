package scannersdk

import (
	"context"
	"time"
)

const retryAfter = 250 * time.Millisecond

// sendUpdates sends what the outbox has, until the session ends. One envelope at a time is sent and confirmed, so no
// update overtakes another. What is not confirmed stays in the outbox, for the next session.
func (n *node) sendUpdates(session context.Context, to *publisher) {
	for n.waitUntil(session, func() bool { return !n.outbox.isEmpty() }) {
		if !sleep(session, n.options.Flush) {
			return
		}
		if !n.sendEnvelope(session, to) {
			sleep(session, retryAfter)
		}
	}
}

func (n *node) sendEnvelope(session context.Context, to *publisher) bool {
	n.mu.Lock()
	batch, traces := n.outbox.takeBatch()
	n.mu.Unlock()
	if len(batch) == 0 {
		return true
	}
	err := to.publishUpdates(session, envelope{n.sender, time.Now(), traces, batch})
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		return false
	}
	n.outbox.confirm(batch)
	n.changed.wake()
	return true
}
