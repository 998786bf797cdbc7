package main

import (
	"context"
	"encoding/json"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func (n *Node) takeJob(session context.Context, delivery amqp.Delivery) {
	job := &Job{}
	if err := json.Unmarshal(delivery.Body, job); err != nil || job.TaskID == "" || len(job.Subtasks) == 0 {
		delivery.Reject(false)
		return
	}
	ports, err1 := parsePorts(job.Scan.Ports)
	excluded, err2 := parseExcluded(job.ExcludeTarget)
	if job.AvoidNode == nodeID {
		n.Lock()
		key := job.Subtasks[0].SubtaskID
		n.returned[key]++
		times := n.returned[key]
		n.Unlock()
		if times <= 3 {
			if times == 2 {
				time.Sleep(time.Second)
			}
			delivery.Nack(false, true)
			return
		}
	}
	confirms, isTaken := []chan struct{}{}, false
	for !isTaken {
		n.Lock()
		_, active := n.count()
		if n.mayStart() && (n.isPaused(job.TaskID) || n.isEnded(job.TaskID)) {
			isTaken = true
		} else if n.mayStart() && active < capacity {
			for index := range job.Subtasks {
				if confirm := n.claim(job, index, ports, excluded, first(err1, err2) != nil); confirm != nil {
					confirms = append(confirms, confirm)
				}
			}
			n.startMore()
			isTaken = true
		}
		n.Unlock()
		// The job of a lost connection goes to another node, and so does one that this node must not claim any more.
		if session.Err() != nil || (!isTaken && n.stopping.Err() != nil) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, confirm := range confirms {
		<-confirm
	}
	delivery.Ack(false)
}

func (n *Node) takeControls(controls <-chan amqp.Delivery) {
	for delivery := range controls {
		control := Control{}
		if json.Unmarshal(delivery.Body, &control) == nil {
			n.Lock()
			n.obey(control)
			n.startMore()
			n.Unlock()
		}
	}
}

func (n *Node) obey(control Control) {
	switch control.State {
	case "paused":
		delete(n.ended, control.TaskID)
		n.paused[control.TaskID] = time.Now().Add(pauseHolds)
	case "running":
		delete(n.paused, control.TaskID)
		delete(n.ended, control.TaskID)
	case "ended":
		delete(n.paused, control.TaskID)
		n.ended[control.TaskID] = time.Now().Add(endedHolds)
	case "repeated":
		n.seesPauses = n.seesPauses || control.WithinMS < float64(time.Since(n.listened).Milliseconds())
	case "superseded":
		if control.NodeID == nodeID && control.InstanceID == instanceID {
			n.stop(errSuperseded)
		}
	}
	isLost := map[string]bool{}
	for _, id := range control.LeaseIDs {
		isLost[id] = control.State == "lost"
	}
	for _, claim := range n.claims {
		if (control.State == "ended" && claim.update.TaskID == control.TaskID) || isLost[claim.update.LeaseID] {
			n.forget(claim)
		}
	}
}
