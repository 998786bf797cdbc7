import unittest

from cyberstroll_sdk.outage import Outage


class AnOutage(unittest.TestCase):
    def test_is_logged_once_and_each_five_minutes_and_its_waits_double_up_to_2_s(self):
        outage = Outage()
        self.assertEqual(outage.fail(0, 0, 0.5), (0.05, True))
        self.assertEqual(outage.fail(1, 0, 0.5), (0.1, False))
        self.assertEqual([outage.note_connected(), outage.note_connected()], [True, False])
        self.assertEqual(outage.fail(2, 1, 0.5), (0.2, False))
        self.assertFalse(outage.note_connected())
        for _ in range(100):
            outage.fail(3, 0, 0.5)
        self.assertEqual([outage.fail(299, 0, 0.5), outage.fail(300, 0, 0.5)], [(1, False), (1, True)])
        self.assertEqual(outage.fail(301, 10, 0.5), (0.05, True))
