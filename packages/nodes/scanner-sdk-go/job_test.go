package scannersdk

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

var taskID = strings.Repeat("a", 24)

func makeBody(fields map[string]any) []byte {
	job := map[string]any{
		"contract": 1, "task_id": taskID, "subtask_timeout": 30,
		"scan":               map[string]any{"ports": "80,22-23 22", "method": "connect"},
		"subtasks":           []any{makeSubtask(nil)},
		"of_a_later_version": map[string]any{"ports": "1"},
	}
	maps.Copy(job, fields)
	text, _ := json.Marshal(job)
	return text
}

func makeSubtask(fields map[string]any) map[string]any {
	subtask := map[string]any{"subtask_id": taskID + "-0", "ip": "127.0.0.1", "attempt": 1}
	maps.Copy(subtask, fields)
	return subtask
}

func TestAJobHasPortsAscendingWithoutRepeatsAndItsExclusions(t *testing.T) {
	job, err := newJobReader().read(makeBody(map[string]any{"exclude_target": "127.0.0.1-9"}))
	if err != nil || job.problem != nil {
		t.Fatal(err, job.problem)
	}
	if !slices.Equal(job.plan.ports, []int{22, 23, 80}) {
		t.Errorf("%v", job.plan.ports)
	}
	if !job.plan.excluded.has("127.0.0.9") || job.plan.excluded.has("127.0.1.0") {
		t.Errorf("%+v", job.plan)
	}
	if job.plan.timeout != 30*time.Second || job.plan.notAfter != farAway {
		t.Errorf("%+v", job)
	}
}

func TestAJobWithoutAPlanNamesItsSubtasksAndSaysWhy(t *testing.T) {
	for _, fields := range []map[string]any{
		{"exclude_target": "10.0.0.1, everything-of-ours"}, {"exclude_target": 5}, {"scan": nil},
		{"scan": map[string]any{"ports": "0-5", "method": "connect"}}, {"subtask_timeout": 0}, {"subtask_timeout": true},
		{"not_after": nil}, {"not_after": "1800000000000"},
		{"exclude_ports": repeat(map[string]any{"target": "10.0.0.1", "ports": "22"}, 1_001)},
	} {
		job, err := newJobReader().read(makeBody(fields))
		if err != nil || job.plan != nil || job.problem == nil || job.subtasks[0].SubtaskID != taskID+"-0" {
			t.Errorf("%v: %+v %v", fields, job, err)
		}
	}
}

func TestAJobWhoseSubtasksCannotBeNamedIsUnreadable(t *testing.T) {
	bodies := [][]byte{[]byte("{"), []byte("[]"), []byte("null"), []byte(strings.Repeat("[", 100_000))}
	for _, fields := range []map[string]any{
		{"task_id": "a"}, {"subtasks": []any{}}, {"subtasks": repeat(makeSubtask(nil), 501)},
		{"subtasks": []any{makeSubtask(map[string]any{"attempt": "1"})}},
		{"subtasks": []any{makeSubtask(map[string]any{"subtask_id": strings.Repeat("b", 24) + "-0"})}},
	} {
		bodies = append(bodies, makeBody(fields))
	}
	for _, body := range bodies {
		if _, err := newJobReader().read(body); err == nil {
			t.Errorf("%.80s was read", body)
		}
	}
}

func TestPortsThatAreNotPortsAreRefused(t *testing.T) {
	for _, text := range []string{"", "0", "65536", "80-22", "22-", "-22", "http", "1,,2x", "٢٢"} {
		if ports, err := parsePorts(text); err == nil {
			t.Errorf("%q: %v", text, ports)
		}
	}
}

func repeat(value any, times int) (all []any) {
	for range make([]struct{}, times) {
		all = append(all, value)
	}
	return all
}
