// A scanner node around a command-line scanner that prints a JSON object for each finding, as nuclei does.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	scannersdk "cyberstroll.example/scanner-sdk"
)

// flags are the options that a client may give, and how the scanner calls them.
var flags = map[string]string{"severity": "-severity", "tags": "-tags"}
var valueForm = regexp.MustCompile(`^\w[\w,-]{0,199}$`)

const maxFindings = 1_000

type line struct {
	Template string `json:"template-id"`
	Port     string `json:"port"`
	Type     string `json:"type"`
	Info     struct{ Name, Severity string }
	Place    string `json:"matched-at"`
}

func environment(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func scan(ctx context.Context, target scannersdk.ScanTarget) (result scannersdk.ScanResult, err error) {
	command := strings.Fields(environment("SCAN_COMMAND", "nuclei -jsonl -silent"))
	for name, given := range target.Options {
		value, _ := given.(string)
		if flags[name] == "" || !valueForm.MatchString(value) {
			return result, &scannersdk.ScanError{Code: "INVALID_JOB", Message: "options." + name + ": must be a word or several"}
		}
		command = append(command, flags[name], value)
	}
	var places, failure bytes.Buffer
	for _, port := range target.Ports {
		places.WriteString(net.JoinHostPort(target.IP, strconv.Itoa(port)) + "\n")
	}
	scanner := exec.CommandContext(ctx, command[0], command[1:]...)
	scanner.Stdin, scanner.Stderr = &places, &failure
	output, err := scanner.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return result, &scannersdk.ScanError{Code: "SCANNER_MISSING", Message: err.Error()}
	} else if err != nil {
		return result, &scannersdk.ScanError{Code: "SCANNER_CRASHED", Message: failure.String()}
	}
	for lines := json.NewDecoder(bytes.NewReader(output)); lines.More() && len(result.Findings) < maxFindings; {
		var found line
		if err := lines.Decode(&found); err != nil {
			return result, err
		}
		port, _ := strconv.Atoi(found.Port)
		result.OpenPorts = append(result.OpenPorts, port)
		result.Findings = append(result.Findings, scannersdk.Finding{
			ID: found.Template + ":" + found.Port, Kind: found.Type, Title: found.Info.Name, Severity: found.Info.Severity,
			Port: port, Data: map[string]any{"matched_at": found.Place},
		})
	}
	slices.Sort(result.OpenPorts)
	result.OpenPorts = slices.Compact(result.OpenPorts)
	return result, nil
}

func main() {
	scannersdk.Main(scan, func(options *scannersdk.Options) {
		options.Version, options.Methods = "command 1", strings.Split(environment("METHODS", "nuclei"), ",")
	})
}
