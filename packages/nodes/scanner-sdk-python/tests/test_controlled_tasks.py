import unittest

from cyberstroll_sdk.controlled_tasks import ControlledTasks


class AControlledTask(unittest.TestCase):
    def test_is_paused_for_30_s_and_ended_for_5_minutes_unless_running_lifts_it(self):
        tasks = ControlledTasks()
        for state, holds_s in [("paused", 30), ("ended", 300)]:
            tasks.note("t", state, 1_000)
            self.assertEqual(tasks.state_of("t", 1_000 + holds_s - 0.1), state)
            self.assertEqual(tasks.state_of("t", 1_000 + holds_s), "running")
            tasks.note("t", "running", 1_001)
            self.assertEqual(tasks.state_of("t", 1_002), "running")
