import unittest

from cyberstroll_sdk.targets import parse_address, parse_scope, parse_targets


class Targets(unittest.TestCase):
    def test_each_form_has_its_addresses(self):
        for text, inside, outside in [
            ("10.0.0.1", ["10.0.0.1"], ["10.0.0.2"]),
            ("10.0.9.7/24", ["10.0.9.0", "10.0.9.255"], ["10.0.8.255", "10.0.10.0"]),
            ("10.0.0.9-10.0.1.2", ["10.0.0.9", "10.0.1.2"], ["10.0.0.8", "10.0.1.3"]),
            ("10.0.0.5-50", ["10.0.0.5", "10.0.0.50"], ["10.0.0.4", "10.0.0.51"]),
            ("2001:db8::/126 ::1", ["2001:db8::3", "::1"], ["2001:db8::4", "0.0.0.1"]),
            ("10.0.0.0/8,10.0.0.0/24\n10.2.0.1", ["10.2.0.1", "10.255.255.255"], ["11.0.0.0"]),
            ("", [], ["10.0.0.1"]),
        ]:
            found = parse_targets(text)
            for ip in inside + outside:
                self.assertEqual(found.has(parse_address(ip)), ip in inside, f"{ip} in {text}")

    def test_what_could_be_misread_is_refused(self):
        for text in [
            *("010.0.0.1", "0x7f.0.0.1", "127.1", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/+8"),
            *("10.0.0.2-10.0.0.1", "10.0.0.9-5", "10.0.0.1-::1", "10.0.0.1-050", "fe80::1%eth0"),
            *("host.example", "10.0.0.1-", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104", "/8", "-"),
            "10.0.0.1, everything-of-ours",
        ]:
            with self.assertRaises(ValueError, msg=text):
                parse_targets(text)


class AScope(unittest.TestCase):
    def test_allows_what_an_entry_allows_and_none_denies(self):
        scope = parse_scope("10.0.0.0/8 ::/0, !10.9.0.0/16")
        for ip, is_allowed in [
            *[("10.0.0.1", True), ("10.9.0.1", False), ("11.0.0.1", False), ("2001:db8::1", True)],
            # A second name of 10.9.0.1, and no addresses at all.
            *[("::ffff:10.9.0.1", False), ("fe80::1%eth0", False), ("localhost", False), ("", False)],
        ]:
            self.assertEqual(scope.allows(ip), is_allowed, ip)
