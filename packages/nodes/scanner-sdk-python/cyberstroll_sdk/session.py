"""One connection to RabbitMQ, until it is lost or the node stops."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

_AMQP_HEARTBEAT_S = 10
_CONNECT_TIMEOUT_S = 5
_CLOSE_TIMEOUT_S = 2
_PREFETCH = 1
"""Jobs that may wait unclaimed with this node, of each pool."""
_LOOK_AGAIN_S = 1

HandleJob = Callable[[AbstractIncomingMessage], Awaitable[bool]]
HandleControl = Callable[[AbstractIncomingMessage], Awaitable[Any]]


class Session:
    def __init__(self, connection: aio_pika.abc.AbstractConnection):
        self._connection = connection
        self.lost = asyncio.Event()
        """The connection or one of its channels was closed, or RabbitMQ cancelled a consumer."""
        self._consumers: list[tuple[AbstractQueue, str]] = []
        connection.close_callbacks.add(self._lose)

    @classmethod
    async def open(cls, url: str) -> "Session":
        return cls(await aio_pika.connect(url, heartbeat=_AMQP_HEARTBEAT_S, timeout=_CONNECT_TIMEOUT_S))

    async def close(self) -> None:
        """RabbitMQ may no longer answer."""
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await self._connection.close()

    async def open_channel(self) -> AbstractChannel:
        channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
        channel.close_callbacks.add(self._lose)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(self._lose)
        return channel

    async def consume_control(self, handle: HandleControl) -> None:
        """Returns when every later control message will arrive."""
        channel = await self.open_channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("cs.control")
        await queue.consume(handle, no_ack=True)

    async def consume_jobs(
        self, pools: Sequence[str], handle: HandleJob, wait_for_room: Callable[[], Any], stopping: asyncio.Event
    ) -> None:
        """Returns when every pool is consumed, or when `stopping` is set. The queue of one pool may be missing for longer
        than that of another."""
        channel = await self.open_channel()
        await channel.set_qos(_PREFETCH)

        async def consume(pool: str) -> None:
            name = f"cs.jobs.{pool}"
            if await self._wait_for_queue(name, stopping):
                await self._consume_pool(await channel.get_queue(name, ensure=False), handle, wait_for_room)

        await asyncio.gather(*(consume(pool) for pool in pools))

    async def _wait_for_queue(self, name: str, stopping: asyncio.Event) -> bool:
        """The services declare the queue of a pool when they have read a heartbeat that names it. To ask for it takes no
        permission. False if the node stops before."""
        while not (self.lost.is_set() or stopping.is_set()):
            # Of its own: RabbitMQ closes it if the queue is missing.
            channel = await self._connection.channel()
            try:
                await channel.get_queue(name)
                return True
            except ChannelNotFoundEntity:
                await asyncio.sleep(_LOOK_AGAIN_S)
            finally:
                await channel.close()
        return False

    async def _consume_pool(self, queue: AbstractQueue, handle: HandleJob, wait_for_room: Callable[[], Any]) -> None:
        async def on_message(message: AbstractIncomingMessage) -> None:
            if await handle(message) or self.lost.is_set():
                return
            # The node has been full for too long: it consumes again when it has room.
            await queue.cancel(tag)
            self._consumers.remove((queue, tag))
            await wait_for_room()
            if not self.lost.is_set():
                await self._consume_pool(queue, handle, wait_for_room)

        tag = await queue.consume(on_message)
        self._consumers.append((queue, tag))

    async def cancel_jobs(self) -> None:
        """No more jobs come. What is acked later still counts."""
        consumers, self._consumers = self._consumers, []
        for queue, tag in consumers:
            await queue.cancel(tag)

    def _lose(self, *_: object) -> None:
        self.lost.set()
