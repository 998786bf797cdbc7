"""What JSON Schema cannot say of a valid request, for schemathesis: texts of our own formats, and rules of two fields."""

import os
import re
from ipaddress import ip_address
from itertools import count

import schemathesis
from hypothesis import strategies as st

calls = count()
tags = count()

# Its stream of events ends; that of a task that runs would not.
ENDED_TASK = os.environ["ENDED_TASK"]

# Loopback, as that is all that the API of the test may scan, and little of it, since scans are not what is tested.
LOOPBACK = int(ip_address("127.0.0.0"))


def to_targets(offset, size):
    first, last = ip_address(LOOPBACK + offset), ip_address(LOOPBACK + offset + size - 1)
    return f"{first}-{last}"


def to_ports(first, size):
    return f"{first}-{first + size}" if size else str(first)


offsets = st.integers(min_value=1, max_value=2**24 - 100)
targets = st.lists(st.builds(to_targets, offsets, st.integers(min_value=1, max_value=4)), min_size=1, max_size=3)
first_ports = st.integers(min_value=1, max_value=65_000)
ports = st.lists(st.builds(to_ports, first_ports, st.integers(min_value=0, max_value=3)), min_size=1, max_size=4)
# Letters, digits, punctuation and symbols of any script, which neither names nor reasons refuse.
plain_text = st.text(st.characters(categories=["Ll", "Lu", "Lo", "Nd", "Po", "Sm"]), min_size=1, max_size=40)

schemathesis.openapi.format("targets", targets.map(",".join))
schemathesis.openapi.format("ports", ports.map(",".join))
schemathesis.openapi.format("plain-text", plain_text)
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai"]))

# A pattern says what is refused, a format here what makes sense: by the beginnings of the patterns.
FORMATS = {"^[^\\x00-": "plain-text", "^[\\s,]*[0-9]{1,5}": "ports", "^[\\s,]*[0-9A-Fa-f:.]+": "targets"}


def name_formats(part):
    if isinstance(part, list):
        for child in part:
            name_formats(child)
    if not isinstance(part, dict):
        return
    pattern = part.get("pattern")
    for beginning, name in FORMATS.items():
        if isinstance(pattern, str) and pattern.startswith(beginning):
            part["format"] = name
            del part["pattern"]
    for name, child in part.items():
        if name in ("task_target", "exclude_target") and isinstance(child, dict) and "maxLength" in child:
            child["format"] = "targets"
        if name == "time_zone" and isinstance(child, dict) and "maxLength" in child:
            child["format"] = "time-zone"
        name_formats(child)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    name_formats(raw_schema)


def is_sendable(case):
    """
    A task has targets that are not excluded, and one error threshold. A reason is measured when it is trimmed, so that
    a longer one may do. A clean-up leaves the test its tasks. A cursor of results or subtasks belongs to the filters of its
    page, one of tasks to their order. What ends, ends in the future, after its start. A key of the role admin has no
    networks.
    """
    query = case.query or {}
    if case.operation.path.endswith(("/results", "/subtasks")) and "cursor" in query:
        return False
    order, cursor = str(query.get("sort", "newest")), str(query.get("cursor", ""))
    if case.operation.path == "/api/tasks" and cursor and cursor[0] != order[0:1]:
        return False
    body = case.body
    if not isinstance(body, dict):
        return True
    # A command for many tasks leaves the test its tasks: one that is carried out names a label that no task has.
    if case.operation.path.endswith("/bulk") and not ("label" in (body.get("filter") or {}) or (body.get("dry_run") and body.get("all"))):
        return False
    # All tasks, or those of a filter; and labels that are added or removed.
    if body.get("all") and body.get("filter"):
        return False
    if body.get("action") == "label" and not (body.get("add_labels") or body.get("remove_labels")):
        return False
    if body.get("expire_days") == 0 and not body.get("dry_run"):
        return False
    if any(name in body and str(body[name]) < "2099" for name in ("expires_time", "end", "until")):
        return False
    if "end" in body and str(body.get("start", "")) >= str(body["end"]):
        return False
    if body.get("role") == "admin" and "networks" in body:
        return False
    if body.get("reason", "") != str(body.get("reason", "")).strip():
        return False
    parts = [body.get(name) for name in ("config", "error_info")]
    thresholds = [part["error_threshold"] for part in parts if isinstance(part, dict) and "error_threshold" in part]
    is_scanned = "task_target" not in body or body.get("exclude_target") != body["task_target"]
    return is_scanned and all(threshold == thresholds[0] for threshold in thresholds)


def is_of_another_format(case):
    """An invalid text by its format alone: schemathesis does not know which texts our formats do not have."""
    data = getattr(getattr(case.meta, "phase", None), "data", None)
    return "violates `format`" in (getattr(data, "description", None) or "")


def is_taken_all_the_same(case):
    """What the document leaves out: one text is a list of one, ports may be numbers, and null is no body."""
    body = case.body
    if body is None:
        return True
    if not isinstance(body, dict):
        return False
    filter_, scan = body.get("filter"), body.get("scan")
    lists = [body.get("status")]
    if isinstance(filter_, dict):
        lists += [filter_.get(name) for name in ("task_id", "status", "label")]
    has_numbers = isinstance(scan, dict) and isinstance(scan.get("ports"), list)
    return has_numbers or any(isinstance(each, str) for each in lists)


@schemathesis.hook
def filter_case(context, case):
    is_invalid = case.meta is not None and case.meta.generation.mode.is_negative
    return is_sendable(case) and not is_of_another_format(case) and not (is_invalid and is_taken_all_the_same(case))


@schemathesis.hook
def before_add_examples(context, examples):
    examples[:] = [case for case in examples if is_sendable(case)]


@schemathesis.hook
def before_call(context, case, kwargs):
    """
    An Idempotency-Key is new for each request: schemathesis likes to send the same one with another body, which is
    422. Every second If-Match is `*`, since an ETag is made up; it keeps its quotation marks, which schemathesis takes
    for those of JSON. The events of a task are those of one that has ended.
    """
    parameters = case.path_parameters or {}
    if case.operation.path.endswith("/events") and re.fullmatch("[0-9a-f]{24}", str(parameters.get("task_id"))):
        parameters["task_id"] = ENDED_TASK
    if case.meta is None or not case.meta.generation.mode.is_positive or not case.headers:
        return
    key, tag = case.headers.get("Idempotency-Key"), case.headers.get("If-Match")
    if key:
        case.headers["Idempotency-Key"] = f"{next(calls)}-{key}"[:100]
    if tag and next(tags) % 2:
        case.headers["If-Match"] = "*"
    elif tag and tag != "*" and not tag.startswith('"'):
        case.headers["If-Match"] = f'"{tag}"'
