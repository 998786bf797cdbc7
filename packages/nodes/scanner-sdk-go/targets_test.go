package scannersdk

import "testing"

func TestEachFormHasItsAddresses(t *testing.T) {
	for _, each := range []struct {
		text            string
		inside, outside []string
	}{
		{"10.0.0.1", []string{"10.0.0.1"}, []string{"10.0.0.2"}},
		{"10.0.9.7/24", []string{"10.0.9.0", "10.0.9.255"}, []string{"10.0.8.255", "10.0.10.0"}},
		{"10.0.0.9-10.0.1.2", []string{"10.0.0.9", "10.0.1.2"}, []string{"10.0.0.8", "10.0.1.3"}},
		{"10.0.0.5-50", []string{"10.0.0.5", "10.0.0.50"}, []string{"10.0.0.4", "10.0.0.51"}},
		{"2001:db8::/126 ::1", []string{"2001:db8::3", "::1"}, []string{"2001:db8::4", "0.0.0.1"}},
		{"10.0.0.0/8,10.0.0.0/24\n10.2.0.1", []string{"10.2.0.1", "10.255.255.255"}, []string{"11.0.0.0"}},
		{"", nil, []string{"10.0.0.1"}},
	} {
		set, err := parseTargets(each.text)
		if err != nil {
			t.Fatal(err)
		}
		for i, ip := range append(each.inside, each.outside...) {
			address, _ := parseAddress(ip)
			if isInside := i < len(each.inside); set.has(address) != isInside {
				t.Errorf("%s in %q: %v", ip, each.text, !isInside)
			}
		}
	}
}

func TestTargetsThatCouldBeMisreadAreRefused(t *testing.T) {
	for _, text := range []string{
		"010.0.0.1", "0x7f.0.0.1", "127.1", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/+8",
		"10.0.0.2-10.0.0.1", "10.0.0.9-5", "10.0.0.1-::1", "10.0.0.1-050", "fe80::1%eth0", "host.example", "10.0.0.1-",
		"::ffff:10.0.0.1", "::ffff:10.0.0.0/104", "10.0.0.1, everything-of-ours", "/8", "-",
	} {
		if _, err := parseTargets(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAScopeAllowsWhatAnEntryAllowsAndNoneDenies(t *testing.T) {
	scope, err := parseScope("10.0.0.0/8 ::/0, !10.9.0.0/16")
	if err != nil {
		t.Fatal(err)
	}
	for ip, isAllowed := range map[string]bool{
		"10.0.0.1": true, "10.9.0.1": false, "11.0.0.1": false, "2001:db8::1": true,
		// A second name of 10.9.0.1, and no addresses at all.
		"::ffff:10.9.0.1": false, "fe80::1%eth0": false, "localhost": false, "": false,
	} {
		if scope.allows(ip) != isAllowed {
			t.Errorf("%q: %v", ip, !isAllowed)
		}
	}
}
