package scannersdk

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const defaultScope = "127.0.0.0/8, ::1"

// interval is a range of addresses of one family, both ends included.
type interval struct{ first, last netip.Addr }

// targetSet has addresses as disjoint intervals, ascending.
type targetSet []interval

func newTargetSet(intervals []interval) targetSet {
	slices.SortFunc(intervals, func(a, b interval) int { return a.first.Compare(b.first) })
	set := targetSet{}
	for _, each := range intervals {
		if end := len(set) - 1; end >= 0 && each.first.Compare(set[end].last) <= 0 {
			if set[end].last.Less(each.last) {
				set[end].last = each.last
			}
		} else {
			set = append(set, each)
		}
	}
	return set
}

func (s targetSet) has(address netip.Addr) bool {
	at, isFirst := slices.BinarySearchFunc(s, address, func(each interval, address netip.Addr) int {
		return each.first.Compare(address)
	})
	return isFirst || at > 0 && address.Compare(s[at-1].last) <= 0
}

// scope has the addresses that may be scanned: those that an entry allows and none denies.
type scope struct{ allowed, denied targetSet }

// allows is false for a text that is not an address.
func (s scope) allows(ip string) bool {
	address, err := parseAddress(ip)
	return err == nil && s.allowed.has(address) && !s.denied.has(address)
}

// parseScope reads entries as parseTargets does; ! in front of one denies it.
func parseScope(text string) (scope, error) {
	var allowed, denied []string
	for _, entry := range splitList(text) {
		if rest, isDenied := strings.CutPrefix(entry, "!"); isDenied {
			denied = append(denied, rest)
		} else {
			allowed = append(allowed, entry)
		}
	}
	inside, err1 := parseEntries(allowed)
	outside, err2 := parseEntries(denied)
	return scope{inside, outside}, errors.Join(err1, err2)
}

// parseTargets reads addresses, networks and ranges. Its error names the entry that cannot be read.
func parseTargets(text string) (targetSet, error) { return parseEntries(splitList(text)) }

func parseEntries(entries []string) (targetSet, error) {
	intervals := make([]interval, 0, len(entries))
	for _, entry := range entries {
		parse := parseRange
		if strings.Contains(entry, "/") {
			parse = parseNetwork
		}
		each, err := parse(entry)
		if err != nil {
			return nil, fmt.Errorf("%s is not an address, network or range: %w", entry, err)
		}
		intervals = append(intervals, each)
	}
	return newTargetSet(intervals), nil
}

// parseAddress reads plain IPv4 and IPv6 addresses. IPv4-mapped IPv6 (::ffff:10.0.0.1) is refused: the kernel connects
// it over IPv4, so it would be a second name for an address, past every rule that speaks of the first. So are zones.
func parseAddress(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err == nil && (address.Is4In6() || address.Zone() != "") {
		err = errors.New("IPv4-mapped addresses and zones are refused")
	}
	return address, err
}

func parseNetwork(entry string) (interval, error) {
	text, _, _ := strings.Cut(entry, "/")
	_, err1 := parseAddress(text)
	network, err2 := netip.ParsePrefix(entry)
	if err := errors.Join(err1, err2); err != nil {
		return interval{}, err
	}
	first := network.Masked().Addr()
	bytes := first.AsSlice()
	for bit := network.Bits(); bit < first.BitLen(); bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return interval{first, last}, nil
}

func parseRange(entry string) (interval, error) {
	text, end, isRange := strings.Cut(entry, "-")
	first, err := parseAddress(text)
	if err != nil || !isRange {
		return interval{first, first}, err
	}
	if _, notNumber := strconv.ParseUint(end, 10, 64); notNumber == nil && first.Is4() {
		end = text[:strings.LastIndex(text, ".")+1] + end
	}
	last, err := parseAddress(end)
	if err == nil && (first.BitLen() != last.BitLen() || last.Less(first)) {
		err = errors.New("the range runs backwards or has two address families")
	}
	return interval{first, last}, err
}
