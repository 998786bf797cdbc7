"""A claim is this node's hold on one attempt of one subtask. This file builds its updates. An update is cumulative: it
has all that is known of the attempt, so the newest one replaces every earlier one."""

import asyncio
import math
import uuid
from datetime import datetime, timezone
from typing import Any

from .findings import find_structure_fault, to_json
from .job import JobPlan, Subtask
from .limits import MAX_ERROR_MESSAGE_LENGTH, MAX_OPEN_PORTS, MAX_SERVICE_LENGTH, MAX_SERVICES
from .scan import ScanError, ScanResult

Update = dict[str, Any]


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


class Claim:
    def __init__(self, subtask: Subtask, plan: JobPlan | None):
        self.subtask = subtask
        self.plan = plan
        self.lease_id = str(uuid.uuid4())
        """Random, never the node's name: it fences this claim off from any other claim of the same attempt."""
        self.assigned_time = now()
        self.started_time: str | None = None
        self.progress = 0.0
        self.ports: tuple[int, ...] = ()
        """Those that its scan was started with."""
        self.run: asyncio.Task[None] | None = None
        """Set from the start of its scan on."""
        self.timer: asyncio.TimerHandle | None = None
        """Ends the scan after `timeout_s`."""

    def to_open_update(self) -> Update:
        """ASSIGNED until its scan starts, then SCANNING."""
        return self._to_update("SCANNING" if self.started_time else "ASSIGNED")

    def to_result_update(self, result: ScanResult) -> Update:
        """A result that breaks the contract is a bug of the scan function: the subtask fails."""
        problem = _find_fault(result)
        if problem:
            return self.to_failed_update("INTERNAL_ERROR", f"the result of the scan function is not valid: {problem}")
        return self._to_update("COMPLETED", completed_time=now(), scan_result=_to_scan_result(result))

    def to_error_update(self, error: BaseException) -> Update:
        code = error.code if isinstance(error, ScanError) else "INTERNAL_ERROR"
        return self.to_failed_update(code, str(error) or type(error).__name__)

    def to_failed_update(self, code: str, message: str) -> Update:
        return self._to_update(
            "TIMEOUT" if code == "SUBTASK_TIMEOUT" else "FAILED",
            completed_time=now(),
            error_info={"error_code": code, "error_message": message[:MAX_ERROR_MESSAGE_LENGTH]},
        )

    def _to_update(self, status: str, **more: Any) -> Update:
        update = {
            "task_id": self.subtask.task_id,
            "subtask_id": self.subtask.subtask_id,
            "ip": self.subtask.ip,
            "attempt": self.subtask.attempt,
            "lease_id": self.lease_id,
            "status": status,
            "assigned_time": self.assigned_time,
        }
        if self.started_time:
            update["started_time"] = self.started_time
        return {**update, **more}


def _to_scan_result(result: ScanResult) -> dict[str, Any]:
    more = {
        "ports": [to_json(port) for port in result.ports],
        "hostnames": list(result.hostnames),
        "findings": [to_json(finding) for finding in result.findings],
    }
    return {
        "open_ports": list(result.open_ports),
        "services": list(result.services),
        "response_time": result.response_time,
        **{name: items for name, items in more.items() if items},
    }


def _find_fault(result: ScanResult) -> str | None:
    if not isinstance(result, ScanResult):
        return "it is not a ScanResult"
    ports, services, response_time = result.open_ports, result.services, result.response_time
    if len(ports) > MAX_OPEN_PORTS or not all(type(port) is int and 1 <= port <= 65_535 for port in ports):
        return "open_ports"
    if len(services) > MAX_SERVICES:
        return f"services has more than {MAX_SERVICES} texts"
    if not all(isinstance(text, str) and len(text) <= MAX_SERVICE_LENGTH for text in services):
        return f"services has a text of more than {MAX_SERVICE_LENGTH} characters"
    is_number = isinstance(response_time, int | float) and math.isfinite(response_time)
    if not is_number or response_time < 0:
        return "response_time"
    return find_structure_fault(result.ports, result.hostnames, result.findings)
