import unittest

from cyberstroll_sdk.excluded import ExcludedNow


class WhatIsExcludedNow(unittest.TestCase):
    def test_holds_for_30_s_until_another_message_replaces_it_and_stays_if_one_cannot_be_read(self):
        excluded = ExcludedNow()
        message = {"exclude_target": "10.0.0.1", "exclude_ports": [{"target": "10.0.0.2", "ports": "80-90"}]}
        self.assertTrue(excluded.note(message, 0))
        self.assertFalse(excluded.note(message, 1))
        with self.assertRaises(ValueError):
            excluded.note({"exclude_target": "all-of-ours"}, 2)
        left = [excluded.ports_left(ip, (22, 80), 30.9) for ip in ("10.0.0.1", "10.0.0.2", "10.0.0.3")]
        self.assertEqual(left, [(), (22,), (22, 80)])
        self.assertEqual(excluded.ports_left("10.0.0.1", (22, 80), 31), (22, 80))
        self.assertTrue(excluded.note(message, 40))
        self.assertTrue(excluded.note({}, 41))
        self.assertEqual(excluded.ports_left("10.0.0.1", (22, 80), 42), (22, 80))
