import unittest

from cyberstroll_sdk.server_clock import ServerClock

AHEAD_S = 1_800_000_000
"""What the server's clock shows when the node's shows 0."""


class AServerClock(unittest.TestCase):
    def setUp(self):
        self.clock = ServerClock()

    def repeat(self, now, *, late_s=0.0, within_ms=20, ahead_s=AHEAD_S):
        self.clock.note_repeated(within_ms, round((ahead_s + now - late_s) * 1_000), now)

    def knows(self, *times):
        return [self.clock.knows_rules(now) for now in times]

    def test_knows_nothing_before_a_repeated_that_covers_all_the_time_that_the_node_listens(self):
        self.assertEqual(self.knows(0), [False])
        self.clock.note_listening(True, 1)
        self.assertEqual(self.knows(1_000), [False])
        self.repeat(1.5, within_ms=501)
        self.assertEqual(self.knows(1.5), [False])
        self.repeat(1.5, within_ms=500)
        self.assertEqual(self.knows(1.5), [True])

    def test_knows_the_rules_for_2_s_after_the_server_has_read_them(self):
        self.clock.note_listening(True, 0)
        self.repeat(1)
        self.assertEqual(self.knows(2.9, 3), [True, False])
        self.repeat(10)
        self.assertEqual(self.knows(10, 11.9, 12), [True, True, False])
        # They waited while the process was stopped.
        for late_s in (8, 2):
            self.repeat(20, late_s=late_s)
            self.assertEqual(self.knows(20), [False])
        self.repeat(20, late_s=1)
        self.assertEqual(self.knows(20.9, 21), [True, False])

    def test_knows_nothing_after_a_lost_connection_until_all_was_repeated_since(self):
        self.clock.note_listening(True, 0)
        self.repeat(1)
        self.clock.note_listening(False, 2)
        self.assertEqual(self.knows(2), [False])
        self.clock.note_listening(True, 3)
        self.assertEqual(self.knows(3), [False])
        self.repeat(3.25, within_ms=500)
        self.assertEqual(self.knows(3.25), [False])
        # Sent before it listened: by the time of the message, not by when it arrived.
        self.repeat(3.75, late_s=0.5, within_ms=500)
        self.assertEqual(self.knows(3.75), [False])
        self.repeat(3.75, late_s=0.5, within_ms=250)
        self.assertEqual(self.knows(3.75), [True])

    def test_knows_nothing_after_a_repeated_that_is_older_than_the_one_before(self):
        self.clock.note_listening(True, 0)
        self.repeat(1)
        self.repeat(1.125, late_s=0.25)
        self.assertEqual(self.knows(1.125), [False])
        self.repeat(1.5, within_ms=500)
        self.assertEqual(self.knows(1.5), [False])
        self.repeat(2)
        self.assertEqual(self.knows(2), [True])

    def test_is_that_of_the_message_that_was_least_late(self):
        self.assertFalse(self.clock.has_come(0, 1))
        for now, late_s in [(1, 0.25), (1.5, 0.125), (2, 0.5)]:
            self.repeat(now, late_s=late_s)
        come = [self.clock.has_come((AHEAD_S + 3) * 1_000, now) for now in (3, 3.125)]
        self.assertEqual(come, [False, True])
        self.assertFalse(self.clock.has_come(float("inf"), 10))

    def test_ends_a_job_at_its_not_after_or_where_it_is_from_before_jobs_since(self):
        later = AHEAD_S * 1_000 + 1_001
        self.clock.note_repeated(0, AHEAD_S * 1_000 + 1_000, 1, 500)
        over = [self.clock.is_over(*job, 1) for job in [(later - 1, 500), (later, 499), (later, 500)]]
        self.assertEqual(over, [True, True, False])
        self.clock.note_repeated(0, AHEAD_S * 1_000 + 1_000, 1)
        self.assertFalse(self.clock.is_over(later, 499, 1))

    def test_counts_a_message_for_30_s_at_least_and_for_60_s_at_most(self):
        for now, late_s, due_s in [(0, 0.125, 0.125), (30, 0.25, 0.125), (60, 0.5, 0.25)]:
            self.repeat(now, late_s=late_s)
            come = [self.clock.has_come((AHEAD_S + now) * 1_000, now + each) for each in (due_s - 0.0625, due_s)]
            self.assertEqual(come, [False, True], now)

    def test_follows_a_server_whose_clock_is_moved_within_a_minute(self):
        for moved_s in (3_600, -3_600):
            self.setUp()
            self.clock.note_listening(True, 0)
            for now in range(21):
                self.repeat(now)
            for now in range(21, 82):
                self.repeat(now, ahead_s=AHEAD_S + moved_s)
            self.assertEqual(self.knows(81, 83), [True, False])
            due = (AHEAD_S + moved_s + 82) * 1_000
            self.assertEqual([self.clock.has_come(due, now) for now in (81.5, 82)], [False, True])
