package main

import "time"

// Job, and the messages below, have the fields of the contract that this node uses.
type Job struct {
	TaskID string `json:"task_id"`
	Scan   struct {
		Ports  string `json:"ports"`
		Method string `json:"method"`
	} `json:"scan"`
	SubtaskTimeout float64 `json:"subtask_timeout"`
	ExcludeTarget  string  `json:"exclude_target"`
	AvoidNode      string  `json:"avoid_node"`
	Subtasks       []struct {
		SubtaskID string `json:"subtask_id"`
		IP        string `json:"ip"`
		Attempt   int    `json:"attempt"`
	} `json:"subtasks"`
}

type Update struct {
	TaskID        string      `json:"task_id"`
	SubtaskID     string      `json:"subtask_id"`
	IP            string      `json:"ip,omitempty"`
	Attempt       int         `json:"attempt"`
	LeaseID       string      `json:"lease_id"`
	Status        string      `json:"status"`
	AssignedTime  *time.Time  `json:"assigned_time,omitempty"`
	StartedTime   *time.Time  `json:"started_time,omitempty"`
	CompletedTime *time.Time  `json:"completed_time,omitempty"`
	ScanResult    *ScanResult `json:"scan_result,omitempty"`
	ErrorInfo     *ErrorInfo  `json:"error_info,omitempty"`
}

type ErrorInfo struct {
	ErrorCode    string `json:"error_code"`
	ErrorMessage string `json:"error_message"`
}

type Envelope struct {
	NodeID     string    `json:"node_id"`
	InstanceID string    `json:"instance_id"`
	SentTime   time.Time `json:"sent_time"`
	Updates    []Update  `json:"updates"`
}

type CurrentTask struct {
	SubtaskID string  `json:"subtask_id"`
	Status    string  `json:"status"`
	Progress  float64 `json:"progress"`
}

type Heartbeat struct {
	NodeID       string             `json:"node_id"`
	InstanceID   string             `json:"instance_id"`
	Timestamp    int64              `json:"timestamp"`
	Status       string             `json:"status"`
	CurrentTasks []CurrentTask      `json:"current_tasks"`
	SystemInfo   map[string]float64 `json:"system_info"`
	Capacity     int                `json:"capacity"`
	Pools        []string           `json:"pools"`
	Contract     int                `json:"contract"`
	Version      string             `json:"version"`
}

type Control struct {
	State      string   `json:"state"`
	TaskID     string   `json:"task_id"`
	LeaseIDs   []string `json:"lease_ids"`
	NodeID     string   `json:"node_id"`
	InstanceID string   `json:"instance_id"`
	WithinMS   float64  `json:"within_ms"`
}
