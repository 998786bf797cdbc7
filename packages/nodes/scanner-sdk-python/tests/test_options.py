import tomllib
import unittest
from pathlib import Path

from cyberstroll_sdk import Options


class TheOptions(unittest.TestCase):
    def test_come_from_the_environment_and_keyword_arguments_win(self):
        environment = {"NODE_ID": "n", "POOLS": "a, b", "CAPACITY": "4", "SCAN_SCOPE": "", "LEASE_MS": "9000"}
        options = Options.from_environment(environment, capacity=8)
        self.assertEqual((options.node_id, list(options.pools), options.capacity), ("n", ["a", "b"], 8))
        self.assertEqual((options.scope, options.lease_ms), ("127.0.0.0/8, ::1", 9_000))

    def test_have_the_version_of_the_sdk_where_the_author_names_none(self):
        manifest = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
        self.assertEqual(Options().version, f"python-sdk/{manifest['project']['version']}")

    def test_that_are_not_valid_are_named(self):
        for name, text in [("NODE_ID", "a b"), ("POOLS", "A"), ("CAPACITY", "9501"), ("LEASE_MS", "1")]:
            with self.assertRaisesRegex(ValueError, name.lower()):
                Options.from_environment({name: text})
        for methods in ([], "nmap", ["n m"]):
            with self.assertRaisesRegex(ValueError, "methods"):
                Options(methods=methods)
        with self.assertRaisesRegex(ValueError, "CAPACITY"):
            Options.from_environment({"CAPACITY": "x"})
        with self.assertRaisesRegex(ValueError, "scope: 127.1 "):
            Options.from_environment({"SCAN_SCOPE": "127.1"})

    def test_that_there_are_not_are_refused_with_the_nearest_name(self):
        with self.assertRaisesRegex(TypeError, "^unknown option `capcity`; did you mean `capacity`\\?$"):
            Options(capcity=4)
        with self.assertRaisesRegex(TypeError, "^unknown option `url`; there are rabbitmq_url, node_id, "):
            Options.from_environment({}, url="amqp://127.0.0.1")
