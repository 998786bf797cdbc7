package scannersdk

import "time"

const (
	firstWait     = 100 * time.Millisecond
	longestWait   = 2 * time.Second
	logAgainAfter = 5 * time.Minute
	// steadyAfter is how long a connection must last, so that the waits begin from the shortest again.
	steadyAfter = 10 * time.Second
)

// outage says how long to wait after a connection that was lost or never made, and what to log: the first failure, one
// each five minutes, and the end. Pure.
type outage struct {
	failures int
	loggedAt time.Time
	isLogged bool
}

// fail gives a wait that doubles, and is anywhere below that by chance, so that a fleet does not come back at once.
// lasted is for how long there was a connection, chance is in [0, 1).
func (o *outage) fail(now time.Time, lasted time.Duration, chance float64) (wait time.Duration, isToLog bool) {
	if lasted >= steadyAfter {
		*o = outage{}
	}
	isToLog = o.failures == 0 || now.Sub(o.loggedAt) >= logAgainAfter
	if isToLog {
		o.loggedAt, o.isLogged = now, true
	}
	most := min(longestWait, firstWait<<min(o.failures, 10))
	o.failures++
	return time.Duration(chance * float64(most)), isToLog
}

// noteConnected is true if an outage that was logged is over.
func (o *outage) noteConnected() (isToLog bool) {
	isToLog, o.isLogged = o.isLogged, false
	return isToLog
}
