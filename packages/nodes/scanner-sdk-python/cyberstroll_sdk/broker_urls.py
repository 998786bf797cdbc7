import random
import re
from urllib.parse import unquote

_URL = re.compile(r"(amqps?://(?:([^:@/?]*)[^@/?]*@)?)([^@/?]+)(.*)", re.DOTALL)


class BrokerUrls:
    """`amqp://user:password@host1:5672,host2:5672/vhost` as one URL for each host of a cluster. A node starts at a
    random one and takes the next one for each connection. Raises a ValueError without the password."""

    def __init__(self, text: str):
        found = _URL.fullmatch(text)
        if not found:
            raise ValueError("must begin with amqp:// or amqps:// and name a host")
        self.user = unquote(found[2]) if found[2] else None
        """None where the login is a certificate."""
        self._urls = [f"{found[1]}{host}{found[4]}" for host in found[3].split(",")]
        self._next = random.randrange(len(self._urls))

    def take_next(self) -> str:
        self._next = (self._next + 1) % len(self._urls)
        return self._urls[self._next]
