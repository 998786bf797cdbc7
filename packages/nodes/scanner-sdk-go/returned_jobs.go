package scannersdk

import (
	"strconv"
	"time"
)

// returnAfter has the time from each arrival to its return. At the arrival after these the job stays.
var returnAfter = []time.Duration{0, time.Second, 0}

// mostDeliveries is after how many a job stays: many nodes may return it, and the queue's delivery limit is 20.
const mostDeliveries = 10

// returnedJobs counts jobs that are for other nodes and came here. Each goes back to the queue three times, so that
// another node with a free slot can take it. Then it stays, because no other node takes it. Up to RabbitMQ 4.2 each
// return counts towards the queue's delivery limit.
type returnedJobs struct{ arrivals *boundedMap[string, int] }

func newReturnedJobs() returnedJobs { return returnedJobs{newBoundedMap[string, int](1_000)} }

// countArrival gives the time until the job is to go back; false if it stays. deliveries is RabbitMQ's header
// x-delivery-count: how often the job was delivered before, to any node.
func (r returnedJobs) countArrival(job *job, deliveries int64) (time.Duration, bool) {
	key := job.jobID
	if first := job.subtasks[0]; key == "" { // By the contract a job may have no id.
		key = first.SubtaskID + " " + strconv.Itoa(first.Attempt)
	}
	before, _ := r.arrivals.get(key)
	r.arrivals.set(key, before+1)
	if before >= len(returnAfter) || deliveries >= mostDeliveries {
		return 0, false
	}
	return returnAfter[before], true
}
