package scannersdk

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ScanJob is a job of one address for RunScan. The zero value of a field means its default.
type ScanJob struct {
	// IP: default 127.0.0.1.
	IP string
	// Ports and ranges. Default: 80.
	Ports string
	// Method: default connect.
	Method string
	// Options: default none.
	Options map[string]any
	// Timeout is how long the scan may take. Default: one minute.
	Timeout time.Duration
	// Abort cancels the scan for this reason: ErrCancelled, ErrLeaseLost or ErrDraining. Default: only its time-out does.
	Abort error
	// AbortAfter is the time from the start of the scan to that abort.
	AbortAfter time.Duration
	// EndWithin is how long the scan function may take to end after that. Default: one second.
	EndWithin time.Duration
}

// ScanRun is what a node would have reported of a scan.
type ScanRun struct {
	// Status is that of the last report: COMPLETED, FAILED or TIMEOUT. It is SCANNING after ErrCancelled, because the
	// node then reports nothing more.
	Status string
	// Result is that of a scan which is COMPLETED.
	Result ScanResult
	// ErrorCode and ErrorMessage are those of one that is not.
	ErrorCode, ErrorMessage string
	// Progress has the percents that the scan gave.
	Progress []float64
	// Ended is false if the scan function still ran EndWithin after its abort: it ignores its context.
	Ended bool
}

// RunScan runs a scan function for one address as a node with these options does, without RabbitMQ: for tests of the
// function. The error says which option is not valid.
func RunScan(scan ScanFunc, options Options, given ScanJob) (ScanRun, error) {
	orElse(&given.IP, "127.0.0.1")
	orElse(&given.Ports, "80")
	orElse(&given.Method, "connect")
	orElse(&given.Timeout, time.Minute)
	orElse(&given.EndWithin, time.Second)
	options = options.withDefaults()
	if err := options.check(); err != nil {
		return ScanRun{}, err
	}
	options.Lease = 24 * time.Hour
	var noted sync.Mutex
	var progress []float64
	started, returned, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	n := newNode(context.Background(), options, func(ctx context.Context, target ScanTarget) (ScanResult, error) {
		defer close(returned)
		note := target.Progress
		target.Progress = func(percent float64) {
			noted.Lock()
			progress = append(progress, percent)
			noted.Unlock()
			note(percent)
		}
		close(started)
		return scan(ctx, target)
	})
	n.log.SetOutput(io.Discard)
	defer n.endDrain()
	defer n.stopLease()
	isClaimed, err := n.claimOnly(given)
	if err != nil {
		return ScanRun{}, err
	}
	go func() {
		defer close(left)
		n.waitUntil(context.Background(), func() bool { return n.board.size() == 0 })
	}()
	if isClaimed && given.Abort != nil {
		<-started
		select {
		case <-time.After(given.AbortAfter):
			n.abortAll(given.Abort)
		case <-left:
		}
	}
	<-left
	ended := !isClaimed
	if isClaimed {
		select {
		case <-returned:
			ended = true
		case <-time.After(given.EndWithin):
		}
	}
	noted.Lock()
	defer noted.Unlock()
	return n.toScanRun(progress, ended), nil
}

const scanTask = "000000000000000000000000"

// claimOnly gives the node a job of one address. It is false if the node refuses it.
func (n *node) claimOnly(given ScanJob) (isClaimed bool, err error) {
	scan := map[string]any{"ports": given.Ports, "method": given.Method}
	if given.Options != nil {
		scan["options"] = given.Options
	}
	body, _ := json.Marshal(map[string]any{
		"task_id":         scanTask,
		"scan":            scan,
		"subtask_timeout": given.Timeout.Seconds(),
		"subtasks":        []any{map[string]any{"subtask_id": scanTask + "-0", "ip": given.IP, "attempt": 1}},
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.letBegin()
	job, err := n.jobs.read(body)
	if err != nil {
		return false, err
	}
	n.claimJob(job, amqp.Delivery{})
	return n.board.size() > 0, nil
}

// letBegin: the node has its lease, and knows for a day that everything may begin.
func (n *node) letBegin() {
	n.lease.renew(time.Now())
	tomorrow := time.Now().Add(24 * time.Hour)
	n.serverClock.noteListening(tomorrow)
	n.serverClock.noteRepeated(0, 0, -farAway, tomorrow)
}

func (n *node) stopLease() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lease.stop()
}

func (n *node) abortAll(why error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch why {
	case ErrLeaseLost:
		n.giveUpAll()
	case ErrDraining:
		n.handBack(true)
	default:
		for _, claim := range n.board.list() {
			n.drop(claim, why)
		}
	}
}

func (n *node) toScanRun(progress []float64, ended bool) ScanRun {
	n.mu.Lock()
	defer n.mu.Unlock()
	run := ScanRun{Status: "SCANNING", Progress: progress, Ended: ended}
	for _, last := range n.outbox.unconfirmed() { // One, or none after ErrCancelled.
		run.Status = last.Status
		if last.ScanResult != nil {
			run.Result = *last.ScanResult
		}
		if last.ErrorInfo != nil {
			run.ErrorCode, run.ErrorMessage = last.ErrorInfo.ErrorCode, last.ErrorInfo.ErrorMessage
		}
	}
	return run
}
