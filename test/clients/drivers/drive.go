// What people do first, by the client that openapi-generator makes for Go. Arguments: URL, API key, an open port.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"time"

	client "cyberstroll.example/tests/client"
)

const label = "by go"

func main() {
	url, key := os.Args[1], os.Args[2]
	port, err := strconv.Atoi(os.Args[3])
	check(err)
	configuration := client.NewConfiguration()
	configuration.Servers = client.ServerConfigurations{{URL: url}}
	api := client.NewAPIClient(configuration)
	keys := map[string]client.APIKey{"apiKey": {Key: key}}
	ctx := context.WithValue(context.Background(), client.ContextAPIKeys, keys)

	create := func(request client.TaskRequest) *client.Task {
		task, _, err := api.TasksAPI.CreateTask(ctx).TaskRequest(request).Execute()
		check(err)
		return task
	}
	scan := client.NewScanSpec()
	scan.SetPorts(os.Args[3])
	body := client.NewCreateTask("127.0.0.1-2", "tester", *scan)
	body.SetLabels([]string{label})
	share := "50%"
	body.SetErrorInfo(client.ErrorInfoSpec{ErrorThreshold: &client.ErrorThreshold{String: &share}})
	first := create(client.TaskRequest{CreateTask: body})

	var ended client.TaskState
	for ended != client.COMPLETED && ended != client.FAILED && ended != client.TIMEOUT {
		view, _, err := api.TasksAPI.GetTaskStatus(ctx, first.TaskId).Execute()
		check(err)
		ended = view.Status
		time.Sleep(100 * time.Millisecond)
	}
	results, _, err := api.ResultsAPI.ListTaskResults(ctx, first.TaskId).Port(int32(port)).Execute()
	check(err)
	// Without a body, which this client sends as null.
	retried, _, err := api.TasksAPI.RetryTask(ctx, first.TaskId).Execute()
	check(err)

	again := client.NewCreateTaskFrom(first.TaskId, "tester")
	again.SetLabels([]string{label})
	again.SetConfig(client.TaskConfigChange{Pool: client.PtrString("nobody")})
	second := create(client.TaskRequest{CreateTaskFrom: again})
	cancelled, _, err := api.TasksAPI.CancelTask(ctx, second.TaskId).IfMatch("*").Execute()
	check(err)
	states := []client.TaskState{client.COMPLETED, client.CANCELLED}
	page, _, err := api.TasksAPI.ListTasks(ctx).Label([]string{label}).Status(states).Execute()
	check(err)
	_, _, err = api.TasksAPI.GetTask(ctx, "000000000000000000000000").Execute()
	var refused *client.GenericOpenAPIError
	if !errors.As(err, &refused) {
		panic(err)
	}

	found := [][]any{}
	for _, result := range results.Items {
		found = append(found, []any{result.Ip, result.OpenPorts})
	}
	listed := []client.TaskState{}
	for _, task := range page.Items {
		listed = append(listed, task.Status)
	}
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"ended":     ended,
		"results":   found,
		"retried":   retried.Retried,
		"cancelled": cancelled.Status,
		"listed":    listed,
		"problem":   refused.Model().(client.Problem).Code,
	}))
}

func check(err error) {
	var refused *client.GenericOpenAPIError
	if errors.As(err, &refused) {
		println(string(refused.Body()))
	}
	if err != nil {
		panic(err)
	}
}
