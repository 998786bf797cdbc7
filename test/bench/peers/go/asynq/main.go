// asynq: a server with all goroutines. Ended tasks stay for an hour, with their results.
package main

import (
	"context"
	"encoding/json"
	"log"
	"sync/atomic"
	"time"

	"cyberstroll-bench-peers/peer"
	"github.com/hibiken/asynq"
)

// Calls of Enqueue at once: asynq adds tasks one by one.
const adders = 64

func main() {
	options, err := asynq.ParseRedisURI(peer.URL())
	if err != nil {
		log.Fatal(err)
	}
	client := asynq.NewClient(options)
	inspector := asynq.NewInspector(options)
	var handled atomic.Int64
	mux := asynq.NewServeMux()
	mux.HandleFunc("scan", func(_ context.Context, task *asynq.Task) error {
		_, err := task.ResultWriter().Write([]byte(peer.Result))
		handled.Add(1)
		return err
	})
	server := asynq.NewServer(options, asynq.Config{
		Concurrency:       peer.Concurrency(),
		TaskCheckInterval: 20 * time.Millisecond,
		LogLevel:          asynq.ErrorLevel,
	})
	if err := server.Start(mux); err != nil {
		log.Fatal(err)
	}
	peer.Run(peer.Peer{
		Adders: adders,
		Add: func(ips []int) error {
			for _, ip := range ips {
				payload, _ := json.Marshal(map[string]int{"ip": ip})
				if _, err := client.Enqueue(asynq.NewTask("scan", payload), asynq.Retention(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		},
		CountHandled: handled.Load,
		CountEnded: func() (int64, error) {
			info, err := inspector.GetQueueInfo("default")
			if err != nil {
				return 0, err
			}
			return int64(info.Completed), nil
		},
	})
}
