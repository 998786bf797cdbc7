// River: jobs are completed in batches. Ended jobs stay for a day, with their outputs.
package main

import (
	"context"
	"log"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"cyberstroll-bench-peers/peer"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type scan struct {
	IP int `json:"ip"`
}

func (scan) Kind() string { return "scan" }

type worker struct {
	river.WorkerDefaults[scan]
	handled *atomic.Int64
}

func (w *worker) Work(ctx context.Context, _ *river.Job[scan]) error {
	defer w.handled.Add(1)
	return river.RecordOutput(ctx, peer.Found)
}

func main() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, peer.URL()+"?pool_max_conns=20")
	if err != nil {
		log.Fatal(err)
	}
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		log.Fatal(err)
	}
	var handled atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{handled: &handled})
	client, err := river.NewClient(driver, &river.Config{
		FetchCooldown: time.Millisecond,
		Logger:        slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: peer.Concurrency()}},
		Workers:       workers,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := client.Start(ctx); err != nil {
		log.Fatal(err)
	}
	peer.Run(peer.Peer{
		Adders: 1,
		Add: func(ips []int) error {
			jobs := make([]river.InsertManyParams, len(ips))
			for i, ip := range ips {
				jobs[i] = river.InsertManyParams{Args: scan{IP: ip}}
			}
			_, err := client.InsertManyFast(ctx, jobs)
			return err
		},
		CountHandled: handled.Load,
		CountEnded: func() (int64, error) {
			var ended int64
			err := pool.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE state = 'completed'").Scan(&ended)
			return ended, err
		},
	})
}
