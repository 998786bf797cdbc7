// A scanner node on amqp091-go: TCP connect scans, after docs/node-contract.md. Configured by the environment.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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
	scope           = netip.MustParsePrefix(env("SCAN_SCOPE", "127.0.0.0/8"))
	capacity        = number("CAPACITY", 64)
	portConcurrency = number("PORT_CONCURRENCY", 16)
	interval        = time.Duration(number("HEARTBEAT_INTERVAL_MS", 5000)) * time.Millisecond
	lease           = time.Duration(number("LEASE_MS", 15000)) * time.Millisecond
	connectTimeout  = time.Duration(number("CONNECT_TIMEOUT_MS", 1500)) * time.Millisecond
	drainTimeout    = time.Duration(number("DRAIN_TIMEOUT_MS", 5000)) * time.Millisecond
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

func newID() string {
	id := make([]byte, 16)
	rand.Read(id)
	return fmt.Sprintf("%x", id)
}

// session is one connection: until it is lost, or the node stops.
func (n *Node) session() error {
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
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	own, err1 := control.QueueDeclare("", false, true, true, false, nil)
	err2 = control.QueueBind(own.Name, "", "cs.control", false, nil)
	controls, err3 := control.Consume(own.Name, "", true, true, false, false, nil)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	open, end := context.WithCancel(context.Background())
	defer end()
	n.listen()
	go n.takeControls(controls)
	go n.sendUpdates(open, updates)
	go n.beatOn(open, beats)
	for _, pool := range pools {
		queue := "cs.jobs." + pool
		_, err1 := jobs.QueueDeclare(queue, true, false, false, false, amqp.Table{
			"x-queue-type": "quorum", "x-delivery-limit": 20, "x-overflow": "reject-publish",
			"x-dead-letter-exchange": "cs.dead-letters", "x-dead-letter-routing-key": queue,
			"x-dead-letter-strategy": "at-least-once"})
		err2 := jobs.QueueBind(queue, pool, "cs.jobs", false, nil)
		err3 := jobs.Qos(1, 0, false)
		deliveries, err4 := jobs.Consume(queue, "", false, false, false, false, nil)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return err
		}
		go func() {
			for delivery := range deliveries {
				go n.takeJob(open, delivery)
			}
		}()
	}
	select {
	case err := <-lost:
		return err
	case <-n.stopping.Done():
		n.drain(open)
		jobs.Close()
		n.beat(open, beats, "offline")
		return nil
	}
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
	return &publisher{channel, channel.NotifyReturn(make(chan amqp.Return, 1))}, channel.Confirm(false)
}

func (p *publisher) publish(open context.Context, exchange, key string, body message) error {
	body["node_id"], body["instance_id"] = nodeID, instanceID
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	confirm, err := p.channel.PublishWithDeferredConfirmWithContext(open, exchange, key, true, false,
		amqp.Publishing{DeliveryMode: amqp.Persistent, Body: text})
	if err != nil {
		return err
	}
	isTaken, err := confirm.WaitContext(open)
	select {
	case <-p.returns: // It comes before its confirm.
		isTaken = false
	default:
	}
	if err == nil && !isTaken {
		err = errors.New("the broker did not take it")
	}
	return err
}

func main() {
	stopping, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	node := newNode(stopping)
	go node.watch()
	for node.stopping.Err() == nil {
		if err := node.session(); err != nil {
			log.Println("connection:", err) // The broker is away, or no service has declared the exchanges yet.
		}
		node.loseConnection()
		time.Sleep(300 * time.Millisecond)
	}
	if stopping.Err() == nil {
		log.Fatal("another process has this node_id")
	}
}
