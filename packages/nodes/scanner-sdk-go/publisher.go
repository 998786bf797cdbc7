package scannersdk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// errUnroutable: no queue took the message.
var errUnroutable = errors.New("no queue took the message")

// sender stands in every message.
type sender struct {
	NodeID     string `json:"node_id"`
	InstanceID string `json:"instance_id"`
}

type envelope struct {
	sender
	SentTime time.Time         `json:"sent_time"`
	Traces   map[string]string `json:"traces,omitempty"`
	Updates  []*update         `json:"updates"`
}

// publisher publishes with confirms on one connection. Each message names the RabbitMQ user, which RabbitMQ compares
// with that of the connection.
type publisher struct {
	updates, heartbeats *amqp.Channel
	user                string
	// returns: a message that no queue took comes back before its confirm. One envelope at a time is under way.
	returns chan amqp.Return
}

func newPublisher(updates, heartbeats *amqp.Channel, user string) (*publisher, error) {
	returns := updates.NotifyReturn(make(chan amqp.Return, 1))
	return &publisher{updates, heartbeats, user, returns}, errors.Join(updates.Confirm(false), heartbeats.Confirm(false))
}

// publishUpdates returns when the broker has it in a queue.
func (p *publisher) publishUpdates(session context.Context, body envelope) error {
	err := p.publish(session, p.updates, "cs.state", "updates", true, amqp.Persistent, body)
	select {
	case _, isReturn := <-p.returns:
		if isReturn {
			return errUnroutable
		}
	default:
	}
	return err
}

// publishHeartbeat returns when the broker has taken it.
func (p *publisher) publishHeartbeat(session context.Context, body heartbeat) error {
	return p.publish(session, p.heartbeats, "cs.heartbeats", "heartbeat", false, amqp.Transient, body)
}

func (p *publisher) publish(
	session context.Context, channel *amqp.Channel, exchange, key string, mandatory bool, mode uint8, body any,
) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	message := amqp.Publishing{ContentType: "application/json", DeliveryMode: mode, UserId: p.user, Body: text}
	confirm, err := channel.PublishWithDeferredConfirmWithContext(session, exchange, key, mandatory, false, message)
	if err != nil {
		return err
	}
	isTaken, err := confirm.WaitContext(session)
	if err == nil && !isTaken {
		err = errors.New("the broker did not take it")
	}
	return err
}
