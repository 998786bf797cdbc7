"""Reads job messages. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any

from .excluded import Excluded, read_excluded
from .limits import LOWER_CASE_NAME, MAX_ATTEMPT, MAX_SUBTASKS_PER_JOB, NAME
from .ports import parse_ports

_TASK_ID = re.compile(r"[0-9a-f]{24}")
_SUBTASK_INDEX = re.compile(r"-[0-9]{1,10}")
_JOB_ID = re.compile(r".{1,64}", re.DOTALL)


class UnreadableJob(Exception):
    """Not even the subtasks of the job can be named."""


@dataclass(frozen=True)
class Subtask:
    """One attempt at one address, as the job names it."""

    task_id: str
    subtask_id: str
    ip: str
    attempt: int


@dataclass(frozen=True)
class JobPlan:
    """What all subtasks of a job have in common."""

    method: str
    options: dict[str, Any]
    ports: tuple[int, ...]
    timeout_s: float
    excluded: Excluded
    not_after: float = float("inf")
    """On the server's clock, in milliseconds since 1970: from then on nothing of the job may begin."""
    rules_time: float = 0
    """On the server's clock, too: the exclusions of this time are kept in the job."""

    def excludes(self, ip: str) -> bool:
        return self.excluded.has(ip)

    def ports_of(self, ip: str) -> tuple[int, ...]:
        """Without those that the job excludes."""
        return self.excluded.ports_left(ip, self.ports)


@dataclass(frozen=True)
class Job:
    task_id: str
    subtasks: list[Subtask]
    job_id: str | None
    avoid_node: str | None
    plan: JobPlan | None
    """None if the rest of the job cannot be read: `problem` says why, and nothing of it may be scanned."""
    problem: str = ""


def read_job(body: bytes) -> Job:
    """Raises UnreadableJob."""
    try:
        message = json.loads(body)
        task_id = _check(message["task_id"], str, "task_id")
        subtasks = [_read_subtask(task_id, each) for each in _check(message["subtasks"], list, "subtasks")]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableJob(f"{type(error).__name__}: {error}") from error
    if not _TASK_ID.fullmatch(task_id) or not 1 <= len(subtasks) <= MAX_SUBTASKS_PER_JOB:
        raise UnreadableJob("task_id or subtasks are not valid")
    try:
        job_id = _check_optional(message, "job_id", _JOB_ID)
        avoid_node = _check_optional(message, "avoid_node", NAME)
        return Job(task_id, subtasks, job_id, avoid_node, _read_plan(message))
    except (ValueError, KeyError, TypeError) as error:
        return Job(task_id, subtasks, None, None, None, f"the job is not valid: {error}")


def _read_subtask(task_id: str, subtask: Any) -> Subtask:
    subtask_id = _check(subtask["subtask_id"], str, "subtask_id")
    attempt = _check(subtask["attempt"], int, "attempt")
    ip = _check(subtask["ip"], str, "ip")
    is_of_task = subtask_id.startswith(task_id) and _SUBTASK_INDEX.fullmatch(subtask_id[len(task_id) :])
    if not is_of_task or not 1 <= attempt <= MAX_ATTEMPT or not 2 <= len(ip) <= 45:
        raise ValueError(f"subtask {subtask_id} is not valid")
    return Subtask(task_id, subtask_id, ip, attempt)


def _read_plan(message: dict[str, Any]) -> JobPlan:
    timeout_s = _check(message["subtask_timeout"], (int, float), "subtask_timeout")
    if not timeout_s > 0:
        raise ValueError("subtask_timeout must be more than 0")
    if _check(message.get("contract", 1), int, "contract") < 1:
        raise ValueError("contract must be 1 or more")
    return JobPlan(
        method=_check_text(message["scan"]["method"], LOWER_CASE_NAME, "scan.method"),
        options=_check(message["scan"].get("options", {}), dict, "scan.options"),
        ports=parse_ports(_check(message["scan"]["ports"], str, "scan.ports")),
        timeout_s=timeout_s,
        excluded=read_excluded(message),
        not_after=_check(message["not_after"], int, "not_after") if "not_after" in message else float("inf"),
        rules_time=_check(message.get("rules_time", 0), int, "rules_time"),
    )


def _check_optional(message: dict[str, Any], name: str, form: re.Pattern[str]) -> str | None:
    return _check_text(message[name], form, name) if name in message else None


def _check_text(value: Any, form: re.Pattern[str], name: str) -> str:
    text: str = _check(value, str, name)
    if not form.fullmatch(text):
        raise ValueError(f"{name} is not valid")
    return text


def _check(value: Any, kind: type | tuple[type, ...], name: str) -> Any:
    """JSON's true is no number, though Python counts it as one."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name} has another type")
    return value
