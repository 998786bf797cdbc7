package scannersdk

import (
	"context"
	"log"
	"os/signal"
	"syscall"
)

// Main is the whole of a node's program: it reads the options from the environment, lets change edit them (nil: nothing
// to change), and runs the node until SIGTERM or SIGINT, which drain it. It returns after the drain, so that the
// program exits with 0. On any error, also ErrSuperseded, it logs the error and exits with 1.
func Main(scan ScanFunc, change func(*Options)) {
	options, err := OptionsFromEnvironment()
	if err != nil {
		log.Fatal(err)
	}
	if change != nil {
		change(&options)
	}
	stopping, ignore := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer ignore()
	if err := Run(stopping, options, scan); err != nil {
		log.Fatal(err)
	}
}
