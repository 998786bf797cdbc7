package scannersdk

// largestKept is the number of ports, services and findings of a result that is kept. A larger one is not worth its
// memory: its address is scanned again.
const largestKept = 256

// recentReports has the last update of each claim that ended recently. A job can come twice: its ack was lost, or the
// server missed the reports. Then the node sends the same update again under the same lease: it counts as a duplicate.
type recentReports struct{ reports *boundedMap[string, *update] }

func newRecentReports() recentReports { return recentReports{newBoundedMap[string, *update](2_000)} }

// note notes the last update of a claim.
func (r recentReports) note(last *update) {
	result := last.ScanResult
	if result == nil || len(result.OpenPorts)+len(result.Services)+len(result.Ports)+len(result.Findings) <= largestKept {
		r.reports.set(last.SubtaskID, last)
	}
}

// find gives the newest attempt of a subtask that ended here, or nil.
func (r recentReports) find(subtaskID string) *update {
	last, _ := r.reports.get(subtaskID)
	return last
}
