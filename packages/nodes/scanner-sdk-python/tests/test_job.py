import unittest

from cyberstroll_sdk.job import UnreadableJob, read_job
from cyberstroll_sdk.ports import parse_ports
from cyberstroll_sdk.targets import parse_address

from .sample_job import TASK, make_body


class AJob(unittest.TestCase):
    def test_has_ports_ascending_without_repeats_and_its_exclusions(self):
        plan = read_job(make_body(exclude_target="127.0.0.1-9")).plan
        self.assertEqual(plan.ports, (22, 23, 80))
        self.assertTrue(plan.excluded.has(parse_address("127.0.0.9")))
        self.assertEqual((plan.timeout_s, plan.not_after), (30, float("inf")))
        self.assertEqual(read_job(make_body(not_after=1_800_000_000_000)).plan.not_after, 1_800_000_000_000)

    def test_without_a_plan_names_its_subtasks_and_says_why(self):
        for fields in [
            *[{"exclude_target": "10.0.0.1, everything-of-ours"}, {"exclude_target": 5}, {"scan": None}],
            *[{"scan": {"ports": "0-5", "method": "connect"}}, {"subtask_timeout": 0}, {"subtask_timeout": True}],
            *[{"not_after": None}, {"not_after": "1800000000000"}],
            {"exclude_ports": [{"target": "10.0.0.1", "ports": "22"}] * 1_001},
        ]:
            job = read_job(make_body(**fields))
            self.assertIsNone(job.plan, fields)
            self.assertEqual([each.subtask_id for each in job.subtasks], [f"{TASK}-0"])
            self.assertTrue(job.problem)

    def test_whose_subtasks_cannot_be_named_is_unreadable(self):
        subtask = {"subtask_id": f"{TASK}-0", "ip": "127.0.0.1", "attempt": 1}
        for body in [
            *[b"{", b"[]", b"null", b"\xff", b"[" * 100_000, make_body(task_id="a"), make_body(subtasks=[])],
            make_body(subtasks=[{**subtask, "attempt": "1"}]),
            make_body(subtasks=[{**subtask, "subtask_id": "b" * 24 + "-0"}]),
            make_body(subtasks=[subtask] * 501),
        ]:
            with self.assertRaises(UnreadableJob, msg=body[:80]):
                read_job(body)


class Ports(unittest.TestCase):
    def test_that_are_not_ports_are_refused(self):
        for text in ["", "0", "65536", "80-22", "22-", "-22", "http", "1,,2x", "٢٢"]:
            with self.assertRaises(ValueError, msg=text):
                parse_ports(text)
