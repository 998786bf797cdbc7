// A scanner node on amqp091-go: TCP connect scans, after docs/node-contract.md. Configured by the environment.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

var (
	hostname, _     = os.Hostname()
	nodeID          = env("NODE_ID", fmt.Sprintf("%s-%d", hostname, os.Getpid()))
	instanceID      = newID()
	pools           = strings.Split(env("POOLS", "default"), ",")
	capacity        = number("CAPACITY", 64)
	scope           = netip.MustParsePrefix(env("SCAN_SCOPE", "127.0.0.0/8"))
	interval        = milliseconds("HEARTBEAT_INTERVAL_MS", 5000)
	lease           = milliseconds("LEASE_MS", 15000)
	connectTimeout  = milliseconds("CONNECT_TIMEOUT_MS", 1500)
	drainTimeout    = milliseconds("DRAIN_TIMEOUT_MS", 5000)
	portConcurrency = number("PORT_CONCURRENCY", 16)
)

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func number(name string, fallback int) int {
	value, err := strconv.Atoi(env(name, strconv.Itoa(fallback)))
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}

func milliseconds(name string, fallback int) time.Duration {
	return time.Duration(number(name, fallback)) * time.Millisecond
}

func newID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return fmt.Sprintf("%x", id)
}

// session is one connection: until it is lost, or the node stops.
func (n *Node) session(stopping context.Context) error {
	connection, err := amqp.DialConfig(env("RABBITMQ_URL", "amqp://127.0.0.1"), amqp.Config{
		Heartbeat: 10 * time.Second, Dial: amqp.DefaultDial(5 * time.Second)})
	if err != nil {
		return err
	}
	defer connection.Close()
	lost := connection.NotifyClose(make(chan *amqp.Error, 1))
	updates, err1 := newPublisher(connection)
	beats, err2 := newPublisher(connection)
	control, err3 := connection.Channel()
	jobs, err4 := connection.Channel()
	if err := first(err1, err2, err3, err4); err != nil {
		return err
	}
	own, err := control.QueueDeclare("", false, true, true, false, nil)
	if err != nil {
		return err
	}
	controls, err := control.Consume(own.Name, "", true, true, false, false, nil)
	if err := first(err, control.QueueBind(own.Name, "", "cs.control", false, nil)); err != nil {
		return err
	}
	ended, end := context.WithCancel(context.Background())
	defer end()
	n.listen()
	go n.takeControls(controls)
	go n.sendUpdates(ended, updates)
	go n.beatOn(ended, beats)
	if err := jobs.Qos(1, 0, false); err != nil {
		return err
	}
	for _, pool := range pools {
		queue := "cs.jobs." + pool
		_, err := jobs.QueueDeclare(queue, true, false, false, false, amqp.Table{
			"x-queue-type": "quorum", "x-delivery-limit": 20, "x-dead-letter-exchange": "cs.dead-letters",
			"x-dead-letter-routing-key": queue, "x-dead-letter-strategy": "at-least-once",
			"x-overflow": "reject-publish"})
		if err := first(err, jobs.QueueBind(queue, pool, "cs.jobs", false, nil)); err != nil {
			return err
		}
		deliveries, err := jobs.Consume(queue, "", false, false, false, false, nil)
		if err != nil {
			return err
		}
		go func() {
			for delivery := range deliveries {
				go n.takeJob(ended, delivery)
			}
		}()
	}
	select {
	case err := <-lost:
		return err
	case <-stopping.Done():
		n.drain()
		jobs.Close()
		n.beat(ended, beats, "offline")
		return nil
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// publisher sends one message at a time: persistent, mandatory, and confirmed.
type publisher struct {
	channel *amqp.Channel
	returns chan amqp.Return
}

func newPublisher(connection *amqp.Connection) (*publisher, error) {
	channel, err := connection.Channel()
	if err != nil {
		return nil, err
	}
	return &publisher{channel, channel.NotifyReturn(make(chan amqp.Return, 16))}, channel.Confirm(false)
}

func (p *publisher) publish(ctx context.Context, exchange, key string, message any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	confirm, err := p.channel.PublishWithDeferredConfirmWithContext(ctx, exchange, key, true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "application/json", Body: body})
	if err != nil {
		return err
	}
	isTaken, err := confirm.WaitContext(ctx)
	select {
	case returned := <-p.returns: // It comes before its confirm.
		return fmt.Errorf("returned: %s", returned.ReplyText)
	default:
	}
	if err == nil && !isTaken {
		err = fmt.Errorf("not confirmed")
	}
	return err
}

func main() {
	stopping, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	stopping, stop := context.WithCancelCause(stopping)
	node := newNode(stopping, stop)
	go node.keepLease()
	for stopping.Err() == nil {
		if err := node.session(stopping); err != nil {
			log.Println("connection:", err) // The broker is away, or no service has declared the exchanges yet.
		}
		node.loseConnection()
		time.Sleep(300 * time.Millisecond)
	}
	if context.Cause(stopping) == errSuperseded {
		os.Exit(1)
	}
}
