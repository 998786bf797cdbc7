package scannersdk

import (
	"slices"
	"testing"
)

func TestWhatIsExcludedHoldsFor30SUntilAnotherMessageReplacesItAndStaysIfOneCannotBeRead(t *testing.T) {
	excluded := &excludedNow{}
	note := func(said excludeFields, now float64, isDueNew, isDueReadable bool) {
		t.Helper()
		if isNew, err := excluded.note(said, at(now)); isNew != isDueNew || (err == nil) != isDueReadable {
			t.Error(isNew, err)
		}
	}
	expect := func(ip string, now float64, due ...int) {
		t.Helper()
		if left := excluded.portsLeft(ip, []int{22, 80}, at(now)); !slices.Equal(left, due) {
			t.Error(ip, left)
		}
	}
	message := excludeFields{"10.0.0.1", excludePortsList{{"10.0.0.2", "80-90"}}}
	note(message, 0, true, true)
	note(message, 1, false, true)
	note(excludeFields{ExcludeTarget: "all-of-ours"}, 2, false, false)
	expect("10.0.0.1", 30.9)
	expect("10.0.0.2", 30.9, 22)
	expect("10.0.0.3", 30.9, 22, 80)
	expect("10.0.0.1", 31, 22, 80)
	note(message, 40, true, true)
	note(excludeFields{}, 41, true, true)
	expect("10.0.0.1", 42, 22, 80)
}
