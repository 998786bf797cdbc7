package scannersdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// subtask is one attempt at one address, as the job names it.
type subtask struct {
	TaskID    string `json:"task_id"`
	SubtaskID string `json:"subtask_id"`
	IP        string `json:"ip"`
	Attempt   int    `json:"attempt"`
}

// jobPlan is what all subtasks of a job have in common.
type jobPlan struct {
	method   string
	options  map[string]any
	ports    []int
	timeout  time.Duration
	excluded excluded
	// notAfter is in milliseconds on the server's clock: from then on nothing of the job may begin.
	notAfter int64
	// rulesTime is on the server's clock, too: the exclusions of this time are kept in the job.
	rulesTime int64
}

// portsOf are the ports of an address without those that the job excludes.
func (p *jobPlan) portsOf(ip string) []int { return p.excluded.portsLeft(ip, p.ports) }

// job is a job message. Its plan is nil if not all of it can be read: problem says why, and nothing of it may be
// scanned.
type job struct {
	taskID    string
	subtasks  []subtask
	jobID     string
	avoidNode string
	plan      *jobPlan
	problem   error
}

var (
	taskIDForm    = regexp.MustCompile(`^[0-9a-f]{24}$`)
	subtaskIDForm = regexp.MustCompile(`^[0-9a-f]{24}-[0-9]{1,10}$`)
	portsForm     = regexp.MustCompile(`^([0-9]{1,5})(?:-([0-9]{1,5}))?$`)
)

// jobReader reads job messages. All jobs of a task have the same ports and exclusions, so the last ones are kept
// parsed.
type jobReader struct {
	ports    *boundedMap[string, []int]
	excluded *boundedMap[string, targetSet]
}

func newJobReader() *jobReader {
	return &jobReader{newBoundedMap[string, []int](16), newBoundedMap[string, targetSet](16)}
}

// read fails if not even the subtasks can be named.
func (r *jobReader) read(body []byte) (*job, error) {
	var named struct {
		TaskID   string    `json:"task_id"`
		Subtasks []subtask `json:"subtasks"`
	}
	if err := json.Unmarshal(body, &named); err != nil {
		return nil, err
	}
	if !taskIDForm.MatchString(named.TaskID) || len(named.Subtasks) == 0 || len(named.Subtasks) > maxSubtasksPerJob {
		return nil, errors.New("task_id or subtasks are not valid")
	}
	for i := range named.Subtasks {
		each := &named.Subtasks[i]
		isOfTask := subtaskIDForm.MatchString(each.SubtaskID) && strings.HasPrefix(each.SubtaskID, named.TaskID)
		if !isOfTask || each.Attempt < 1 || each.Attempt > maxAttempt || len(each.IP) < 2 || len(each.IP) > 45 {
			return nil, fmt.Errorf("subtask %q is not valid", each.SubtaskID)
		}
		each.TaskID = named.TaskID
	}
	read := &job{taskID: named.TaskID, subtasks: named.Subtasks}
	read.problem = r.readPlan(body, read)
	return read, nil
}

func (r *jobReader) readPlan(body []byte, into *job) error {
	var message struct {
		Scan struct {
			Ports   string     `json:"ports"`
			Method  string     `json:"method"`
			Options jsonObject `json:"options"`
		} `json:"scan"`
		SubtaskTimeout float64 `json:"subtask_timeout"`
		excludeFields
		Contract  jsonInteger `json:"contract"`
		JobID     jsonName    `json:"job_id"`
		AvoidNode jsonName    `json:"avoid_node"`
		NotAfter  jsonInteger `json:"not_after"`
		RulesTime jsonInteger `json:"rules_time"`
	}
	message.Contract, message.NotAfter = 1, farAway
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	into.jobID, into.avoidNode = string(message.JobID), string(message.AvoidNode)
	ports, err1 := remember(r.ports, message.Scan.Ports, parsePorts)
	excluded, err2 := message.toExcluded(func(text string) (targetSet, error) {
		return remember(r.excluded, text, parseTargets)
	})
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if !poolForm.MatchString(message.Scan.Method) || !(message.SubtaskTimeout > 0) || message.Contract < 1 {
		return errors.New("scan.method, subtask_timeout or contract is not valid")
	}
	if len(into.jobID) > 64 || into.avoidNode != "" && !nameForm.MatchString(into.avoidNode) {
		return errors.New("job_id or avoid_node is not valid")
	}
	seconds := math.Min(message.SubtaskTimeout, math.MaxInt32)
	timeout := time.Duration(seconds * float64(time.Second))
	into.plan = &jobPlan{message.Scan.Method, message.Scan.Options, ports, timeout, excluded, int64(message.NotAfter),
		int64(message.RulesTime)}
	return nil
}

// jsonText is a string of JSON that is not null: exclusions that are null cannot be read, they are not none.
type jsonText string

func (t *jsonText) UnmarshalJSON(value []byte) error {
	if string(value) == "null" {
		return errors.New("null is not a text")
	}
	return json.Unmarshal(value, (*string)(t))
}

// jsonObject is an object of JSON that is not null.
type jsonObject map[string]any

func (o *jsonObject) UnmarshalJSON(value []byte) error {
	if string(value) == "null" {
		return errors.New("null is not an object")
	}
	return json.Unmarshal(value, (*map[string]any)(o))
}

// jsonName is a string of 1 to 255 characters: one that is given is not none.
type jsonName string

func (n *jsonName) UnmarshalJSON(value []byte) error {
	err := (*jsonText)(n).UnmarshalJSON(value)
	if err == nil && (*n == "" || len(*n) > 255) {
		return errors.New("a text must have 1 to 255 characters")
	}
	return err
}

// jsonInteger is a whole number of JSON that is not null: a time that cannot be read is not none.
type jsonInteger int64

func (i *jsonInteger) UnmarshalJSON(value []byte) error {
	if string(value) == "null" {
		return errors.New("null is not a number")
	}
	return json.Unmarshal(value, (*int64)(i))
}

func remember[T any](kept *boundedMap[string, T], text string, parse func(string) (T, error)) (T, error) {
	if value, isKept := kept.get(text); isKept {
		return value, nil
	}
	value, err := parse(text)
	if err == nil {
		kept.set(text, value)
	}
	return value, err
}

// parsePorts gives 22,80 8000-8010 as numbers, ascending and without repeats.
func parsePorts(text string) ([]int, error) {
	ports := []int{}
	for _, entry := range splitList(text) {
		found := portsForm.FindStringSubmatch(entry)
		if found == nil {
			return nil, fmt.Errorf("%q is not a port or a range of ports", entry)
		}
		first, _ := strconv.Atoi(found[1])
		last := first
		if found[2] != "" {
			last, _ = strconv.Atoi(found[2])
		}
		if first < 1 || last > 65_535 || first > last {
			return nil, fmt.Errorf("%q is not a port from 1 to 65535 or a range of ports", entry)
		}
		for port := first; port <= last; port++ {
			ports = append(ports, port)
		}
	}
	if len(ports) == 0 {
		return nil, errors.New("scan.ports has no port")
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}
