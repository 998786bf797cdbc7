import unittest

from cyberstroll_sdk.system_load import sample_system_load, to_memory_usage


class TheSystemLoad(unittest.TestCase):
    def test_counts_caches_as_free_memory(self):
        meminfo = "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     600 kB\nHugePages_Total:   0\n"
        self.assertEqual(to_memory_usage(meminfo), 40.0)

    def test_is_in_percent(self):
        for name, percent in sample_system_load().items():
            self.assertTrue(0 <= percent <= 100, name)
