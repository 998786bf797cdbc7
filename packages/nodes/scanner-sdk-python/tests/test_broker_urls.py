import unittest

from cyberstroll_sdk.broker_urls import BrokerUrls


class TheUrlsOfABroker(unittest.TestCase):
    def test_are_one_for_each_host_in_turn(self):
        urls = BrokerUrls("amqps://user:p,w@a:5671,b:5671,c/vhost?cafile=ca.pem")
        taken = [urls.take_next() for _ in range(6)]
        self.assertEqual(taken[:3], taken[3:])
        self.assertEqual(
            sorted(taken[:3]),
            [f"amqps://user:p,w@{host}/vhost?cafile=ca.pem" for host in ("a:5671", "b:5671", "c")],
        )

    def test_name_a_user_or_none(self):
        self.assertEqual(BrokerUrls("amqp://n%C3%B6de:p@a").user, "n\u00f6de")
        self.assertIsNone(BrokerUrls("amqps://a?certfile=x").user)

    def test_are_refused_without_a_host_or_a_scheme(self):
        for text in ["", "a:5672", "http://a", "amqp://", "amqp:///vhost"]:
            with self.assertRaises(ValueError, msg=text):
                BrokerUrls(text)
