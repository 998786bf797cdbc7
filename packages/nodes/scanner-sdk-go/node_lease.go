package scannersdk

import "time"

// nodeLease says how long the node may keep its claims: until `limit` after it sent the last heartbeat that the broker
// confirmed. The server counts from the time at which it reads that heartbeat, which is later, so this node stops
// before another one starts. The state of the connection is not enough: a dead network is noticed late, and a broker
// with an alarm keeps the connection but takes no heartbeat.
type nodeLease struct {
	limit     time.Duration
	heldUntil time.Time
	timer     *time.Timer
	// onLapsed is called without the lock of the node, perhaps just after a renewal.
	onLapsed func()
}

func (l *nodeLease) isHeld() bool { return time.Now().Before(l.heldUntil) }

// renew: the broker has confirmed the heartbeat that was sent at this time.
func (l *nodeLease) renew(sentAt time.Time) {
	until := sentAt.Add(l.limit)
	if until.Before(l.heldUntil) || until.Before(time.Now()) {
		return
	}
	l.stop()
	l.heldUntil = until
	l.timer = time.AfterFunc(time.Until(until), l.onLapsed)
}

func (l *nodeLease) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}
