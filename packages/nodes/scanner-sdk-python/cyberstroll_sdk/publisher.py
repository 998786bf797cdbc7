import json
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange


class Publisher:
    """Publishes with confirms on the present connection, as this node and process. Each message names the RabbitMQ
    user, which RabbitMQ compares with that of the connection."""

    def __init__(self, node_id: str, instance_id: str, user: str | None):
        self._user = user
        self._sender = {"node_id": node_id, "instance_id": instance_id}
        self._state: AbstractExchange | None = None
        self._heartbeats: AbstractExchange | None = None

    @property
    def is_connected(self) -> bool:
        return self._state is not None

    async def connect(self, channel: AbstractChannel) -> None:
        """The services declare the exchanges, a node does not."""
        self._heartbeats = await channel.get_exchange("cs.heartbeats", ensure=False)
        self._state = await channel.get_exchange("cs.state", ensure=False)

    def disconnect(self) -> None:
        self._state = self._heartbeats = None

    async def publish_updates(self, envelope: dict[str, Any]) -> None:
        """Returns when the broker has it in a queue."""
        message = self._to_message(envelope, aio_pika.DeliveryMode.PERSISTENT)
        await _require(self._state).publish(message, "updates", mandatory=True)

    async def publish_heartbeat(self, heartbeat: dict[str, Any]) -> None:
        """Returns when the broker has taken it."""
        message = self._to_message(heartbeat, aio_pika.DeliveryMode.NOT_PERSISTENT)
        await _require(self._heartbeats).publish(message, "heartbeat", mandatory=False)

    def _to_message(self, body: dict[str, Any], delivery_mode: aio_pika.DeliveryMode) -> aio_pika.Message:
        text = json.dumps({**self._sender, **body}).encode()
        return aio_pika.Message(
            text, delivery_mode=delivery_mode, content_type="application/json", user_id=self._user
        )


def _require(exchange: AbstractExchange | None) -> AbstractExchange:
    if exchange is None:
        raise ConnectionError("not connected to RabbitMQ")
    return exchange
