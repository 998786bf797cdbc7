package scannersdk

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// sampleSystemLoad gives the load of the machine's processors and its memory in use, in percent, as Linux says them.
// Zero on other systems.
func sampleSystemLoad() systemInfo {
	return systemInfo{CPUUsage: readCPUUsage(), MemoryUsage: readMemoryUsage()}
}

func readCPUUsage() float64 {
	var load float64
	text, _ := os.ReadFile("/proc/loadavg")
	fmt.Sscan(string(text), &load)
	return min(100, 100*load/float64(runtime.NumCPU()))
}

func readMemoryUsage() float64 {
	text, _ := os.ReadFile("/proc/meminfo")
	kilobytes := map[string]float64{}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, isField := strings.Cut(line, ":"); isField {
			var number float64
			fmt.Sscan(value, &number)
			kilobytes[name] = number
		}
	}
	total, available := kilobytes["MemTotal"], kilobytes["MemAvailable"]
	if total <= 0 || available > total {
		return 0
	}
	return 100 * (1 - available/total)
}
