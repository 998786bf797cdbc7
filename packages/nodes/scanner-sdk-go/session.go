package scannersdk

import (
	"context"
	"errors"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	amqpHeartbeat  = 10 * time.Second
	connectTimeout = 5 * time.Second
	closeTimeout   = 2 * time.Second
	// prefetch is how many jobs may wait unclaimed with this node, of each pool.
	prefetch = 1
	// lookForQueue is how often a node asks for the queue of its pool while it is missing.
	lookForQueue = time.Second
)

// session is one connection to RabbitMQ. Its context ends when the connection or one of its channels is closed, or
// RabbitMQ cancels a consumer.
type session struct {
	context.Context
	end        context.CancelCauseFunc
	connection *amqp.Connection
	jobs       *amqp.Channel
	// pools are those that consume jobs.
	pools sync.WaitGroup
}

func openSession(url string) (*session, error) {
	config := amqp.Config{Heartbeat: amqpHeartbeat, Dial: amqp.DefaultDial(connectTimeout)}
	connection, err := amqp.DialConfig(url, config)
	if err != nil {
		return nil, err
	}
	s := &session{connection: connection}
	s.Context, s.end = context.WithCancelCause(context.Background())
	s.endWith(connection.NotifyClose(make(chan *amqp.Error, 1)))
	return s, nil
}

func (s *session) close() {
	s.end(nil)
	s.connection.CloseDeadline(time.Now().Add(closeTimeout))
}

func (s *session) openChannel() (*amqp.Channel, error) {
	channel, err := s.connection.Channel()
	if err == nil {
		s.endWith(channel.NotifyClose(make(chan *amqp.Error, 1)))
	}
	return channel, err
}

func (s *session) endWith(closed <-chan *amqp.Error) {
	go func() {
		if err := <-closed; err != nil {
			s.end(err)
		} else {
			s.end(nil)
		}
	}()
}

// consumeControl returns when every later control message will arrive.
func (s *session) consumeControl(handle func(body []byte)) error {
	channel, err := s.openChannel()
	if err != nil {
		return err
	}
	queue, err1 := channel.QueueDeclare("", false, true, true, false, nil)
	err2 := channel.QueueBind(queue.Name, "", "cs.control", false, nil)
	deliveries, err3 := channel.Consume(queue.Name, "", true, true, false, false, nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	go func() {
		for delivery := range deliveries {
			handle(delivery.Body)
		}
		s.end(errors.New("the control queue is gone"))
	}()
	return nil
}

// consumeJobs consumes the queue of each pool as soon as there is one. handle is false after a job found no room for
// too long: the pool is consumed again after waitForRoom.
func (s *session) consumeJobs(
	pools []string, isStopping func() bool, handle func(context.Context, amqp.Delivery) bool, waitForRoom func() bool,
) (err error) {
	if s.jobs, err = s.openChannel(); err != nil {
		return err
	}
	if err := s.jobs.Qos(prefetch, 0, false); err != nil {
		return err
	}
	for _, pool := range pools {
		s.pools.Add(1)
		go func(pool string) {
			defer s.pools.Done()
			err := s.waitForQueue(toQueue(pool), isStopping)
			for hasMore := true; hasMore && err == nil && !isStopping(); {
				var deliveries <-chan amqp.Delivery
				deliveries, err = s.consumePool(pool)
				hasMore = err == nil && s.handleUntilFull(pool, deliveries, handle) && waitForRoom()
			}
			if !isStopping() {
				s.end(errors.Join(errors.New("the consumer of pool "+pool+" has ended"), err))
			}
		}(pool)
	}
	return nil
}

func (s *session) consumePool(pool string) (<-chan amqp.Delivery, error) {
	return s.jobs.Consume(toQueue(pool), toTag(pool), false, false, false, false, nil)
}

// handleUntilFull handles one job after the other: with a prefetch of 1 the next one comes after the ack. False if the
// deliveries have ended.
func (s *session) handleUntilFull(
	pool string, deliveries <-chan amqp.Delivery, handle func(context.Context, amqp.Delivery) bool,
) bool {
	for delivery := range deliveries {
		if !handle(s, delivery) {
			return s.jobs.Cancel(toTag(pool), false) == nil
		}
	}
	return false
}

// cancelJobs: no more jobs come. What is acked later still counts.
func (s *session) cancelJobs(pools []string) {
	for _, pool := range pools {
		s.jobs.Cancel(toTag(pool), false)
	}
}

func toTag(pool string) string { return "jobs-" + pool }

func toQueue(pool string) string { return "cs.jobs." + pool }

// waitForQueue: the services declare the queue of a pool when they have read a heartbeat that names it. To ask for it
// takes no permission. It returns early if the node stops.
func (s *session) waitForQueue(name string, isStopping func() bool) error {
	for !isStopping() {
		// Of its own: RabbitMQ closes it if the queue is missing.
		channel, err := s.connection.Channel()
		if err != nil {
			return err
		}
		_, err = channel.QueueDeclarePassive(name, true, false, false, false, nil)
		channel.Close()
		var refusal *amqp.Error
		if !errors.As(err, &refusal) || refusal.Code != amqp.NotFound {
			return err
		}
		if !sleep(s, lookForQueue) {
			return context.Cause(s)
		}
	}
	return nil
}
