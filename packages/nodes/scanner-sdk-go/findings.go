package scannersdk

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// PortResult is what a scan knows of one port.
type PortResult struct {
	Port int `json:"port"`
	// Protocol is tcp, udp or sctp.
	Protocol string `json:"protocol"`
	// State is open, closed, filtered or open|filtered.
	State string `json:"state"`
	// Service is its name, such as http: 100 characters at most.
	Service string `json:"service,omitempty"`
	// Product has 200 characters at most, Version 100.
	Product string `json:"product,omitempty"`
	Version string `json:"version,omitempty"`
	// Banner is what it sent: 512 characters at most.
	Banner string `json:"banner,omitempty"`
	TLS    *TLS   `json:"tls,omitempty"`
}

// TLS is what a scan knows of the certificate of a port.
type TLS struct {
	// Version has 20 characters at most, Subject and Issuer 512.
	Version   string     `json:"version,omitempty"`
	Subject   string     `json:"subject,omitempty"`
	Issuer    string     `json:"issuer,omitempty"`
	NotBefore *time.Time `json:"not_before,omitempty"`
	NotAfter  *time.Time `json:"not_after,omitempty"`
}

// Finding is something that a scan found and that is more than an open port.
type Finding struct {
	// ID is the same for the same finding in each scan, such as the name of a rule: 200 characters at most.
	ID string `json:"id"`
	// Kind is what it is about, such as cve: lower-case letters, digits, _ and -.
	Kind string `json:"kind"`
	// Title has 512 characters at most.
	Title string `json:"title"`
	// Severity is info, low, medium, high, critical, or nothing.
	Severity string `json:"severity,omitempty"`
	Port     int    `json:"port,omitempty"`
	Protocol string `json:"protocol,omitempty"`
	// Data are the scanner's own: 8,192 bytes of JSON and 8 levels at most; no name begins with $.
	Data map[string]any `json:"data,omitempty"`
}

var (
	protocols  = []string{"tcp", "udp", "sctp"}
	portStates = []string{"open", "closed", "filtered", "open|filtered"}
	severities = []string{"", "info", "low", "medium", "high", "critical"}
	kindForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,49}$`)
)

const maxDataDepth = 8

// checkStructure says what of ports, names and findings the server would refuse.
func (r ScanResult) checkStructure() error {
	if len(r.Ports) > maxServices || len(r.Hostnames) > maxHostnames || len(r.Findings) > maxFindings {
		return fmt.Errorf("%d ports, %d host names and %d findings are too many",
			len(r.Ports), len(r.Hostnames), len(r.Findings))
	}
	for _, port := range r.Ports {
		if err := port.check(); err != nil {
			return fmt.Errorf("port %d: %w", port.Port, err)
		}
	}
	for _, name := range r.Hostnames {
		if name == "" || !isWithin(name, 253) {
			return fmt.Errorf("a host name has more than 253 characters, or none")
		}
	}
	for _, finding := range r.Findings {
		if err := finding.check(); err != nil {
			return fmt.Errorf("finding %q: %w", finding.ID, err)
		}
	}
	text, err := json.Marshal([]any{r.Ports, r.Hostnames, r.Findings})
	if err == nil && len(text) > maxStructureBytes {
		err = fmt.Errorf("ports, host names and findings have more than %d bytes as JSON", maxStructureBytes)
	}
	return err
}

func (p PortResult) check() error {
	if p.Port < 1 || p.Port > 65_535 || !slices.Contains(protocols, p.Protocol) || !slices.Contains(portStates, p.State) {
		return fmt.Errorf("%s %s", p.Protocol, p.State)
	}
	tls := TLS{}
	if p.TLS != nil {
		tls = *p.TLS
	}
	isShort := isWithin(p.Service, 100) && isWithin(p.Product, 200) && isWithin(p.Version, 100) && isWithin(p.Banner, 512)
	if !isShort || !isWithin(tls.Version, 20) || !isWithin(tls.Subject, 512) || !isWithin(tls.Issuer, 512) {
		return fmt.Errorf("a text is too long")
	}
	return nil
}

func (f Finding) check() error {
	if f.ID == "" || f.Title == "" || !isWithin(f.ID, 200) || !isWithin(f.Title, 512) || !kindForm.MatchString(f.Kind) {
		return fmt.Errorf("its id, kind or title is not valid")
	}
	isPort := f.Port >= 0 && f.Port <= 65_535 && (f.Protocol == "" || slices.Contains(protocols, f.Protocol))
	if !isPort || !slices.Contains(severities, f.Severity) {
		return fmt.Errorf("its port, protocol or severity is not valid")
	}
	text, err := json.Marshal(f.Data)
	if err == nil && len(text) > maxFindingDataBytes {
		err = fmt.Errorf("its data has more than %d bytes", maxFindingDataBytes)
	}
	var data any
	if err == nil {
		err = json.Unmarshal(text, &data)
	}
	if err == nil && !isShallow(data, 1) {
		err = fmt.Errorf("its data has more than %d levels, or a name that begins with $", maxDataDepth)
	}
	return err
}

func isWithin(text string, most int) bool { return len([]rune(text)) <= most }

// isShallow says whether the server takes JSON: its depth, and the names in it.
func isShallow(value any, depth int) bool {
	switch part := value.(type) {
	case map[string]any:
		for name, each := range part {
			if strings.HasPrefix(name, "$") || strings.Contains(name, "\x00") || !isShallow(each, depth+1) {
				return false
			}
		}
		return depth <= maxDataDepth
	case []any:
		for _, each := range part {
			if !isShallow(each, depth+1) {
				return false
			}
		}
		return depth <= maxDataDepth
	}
	return true
}
