// Package peer has what the peers in Go have in common: `<peer> <jobs> <concurrency> <warm-up>`, with the server's
// address in PEER_URL, runs the jobs of the warm-up and then the jobs, and prints jobs per second of these as JSON.
package peer

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// Jobs of one call of Add.
	bulk      = 1_000
	lookEvery = 20 * time.Millisecond
)

type result struct {
	OpenPorts    []int    `json:"open_ports"`
	Services     []string `json:"services"`
	ResponseTime int      `json:"response_time"`
}

// Found is what a scan finds that finds nothing; Result is the same as JSON.
var (
	Found     = result{OpenPorts: []int{}, Services: []string{}}
	Result, _ = json.Marshal(Found)
)

// A Peer adds jobs by their numbers. CountEnded is asked only after CountHandled has seen all.
type Peer struct {
	Adders       int
	Add          func(ips []int) error
	CountHandled func() int64
	CountEnded   func() (int64, error)
}

// URL of the server.
func URL() string { return os.Getenv("PEER_URL") }

// Concurrency is the number of jobs at once.
func Concurrency() int { return argument(2) }

func argument(at int) int {
	value, err := strconv.Atoi(os.Args[at])
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// Run prints jobs per second, from the first Add until CountEnded says that the server has the end of all.
func Run(peer Peer) {
	jobs, warmUp := argument(1), argument(3)
	run(peer, warmUp, int64(warmUp))
	fmt.Printf("{\"jobs_per_second\": %.1f}\n", run(peer, jobs, int64(warmUp+jobs)))
}

func run(peer Peer, jobs int, wanted int64) float64 {
	begun := time.Now()
	parts := make(chan []int)
	var adding sync.WaitGroup
	for range peer.Adders {
		adding.Go(func() {
			for part := range parts {
				if err := peer.Add(part); err != nil {
					log.Fatal(err)
				}
			}
		})
	}
	size := max(1, bulk/peer.Adders)
	for first := 0; first < jobs; first += size {
		part := make([]int, min(size, jobs-first))
		for i := range part {
			part[i] = first + i
		}
		parts <- part
	}
	close(parts)
	adding.Wait()
	for peer.CountHandled() < wanted {
		time.Sleep(lookEvery)
	}
	for {
		ended, err := peer.CountEnded()
		if err != nil {
			log.Fatal(err)
		}
		if ended >= wanted {
			return float64(jobs) / time.Since(begun).Seconds()
		}
		time.Sleep(lookEvery)
	}
}
