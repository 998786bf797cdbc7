package scannersdk

import "slices"

// claimBoard has the claims of this node, one per subtask, in order of arrival. A claim waits for a slot, or runs.
type claimBoard struct {
	held    map[string]*claim
	arrived []*claim
}

func newClaimBoard() *claimBoard { return &claimBoard{held: map[string]*claim{}} }

func (b *claimBoard) find(subtaskID string) *claim { return b.held[subtaskID] }

func (b *claimBoard) holds(claim *claim) bool { return b.held[claim.SubtaskID] == claim }

func (b *claimBoard) size() int { return len(b.arrived) }

// list is a copy: claims may come and leave while it is read.
func (b *claimBoard) list() []*claim { return slices.Clone(b.arrived) }

func (b *claimBoard) add(claim *claim) {
	b.held[claim.SubtaskID] = claim
	b.arrived = append(b.arrived, claim)
}

func (b *claimBoard) remove(claim *claim) {
	delete(b.held, claim.SubtaskID)
	if at := slices.Index(b.arrived, claim); at >= 0 {
		b.arrived = slices.Delete(b.arrived, at, at+1)
	}
}

func (b *claimBoard) countRunning() (running int) {
	for _, claim := range b.arrived {
		if claim.isRunning() {
			running++
		}
	}
	return running
}

// countActive counts the claims that run or may start at any moment, not those of paused tasks that wait.
func (b *claimBoard) countActive(isPaused func(taskID string) bool) (active int) {
	for _, claim := range b.arrived {
		if claim.isRunning() || !isPaused(claim.TaskID) {
			active++
		}
	}
	return active
}
