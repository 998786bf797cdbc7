package scannersdk

import "sync"

// wakeSignal wakes all that wait, whenever something has changed that they may wait for. They look again themselves.
type wakeSignal struct {
	mu   sync.Mutex
	next chan struct{}
}

func newWakeSignal() *wakeSignal { return &wakeSignal{next: make(chan struct{})} }

// woken is closed at the next wake. Ask for it before you look.
func (s *wakeSignal) woken() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

func (s *wakeSignal) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.next)
	s.next = make(chan struct{})
}
