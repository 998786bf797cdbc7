"""A scanner node around a command-line scanner that prints a JSON object for each finding, as nuclei does."""

import asyncio
import json
import os
import re
import shlex
from asyncio.subprocess import PIPE
from typing import Any

from cyberstroll_sdk import Finding, ScanError, ScanResult, ScanTarget, run

COMMAND = shlex.split(os.environ.get("SCAN_COMMAND", "nuclei -jsonl -silent"))
OPTIONS = {"severity": "-severity", "tags": "-tags"}
"""The options that a client may give, and how the scanner calls them."""
VALUE = re.compile(r"\w[\w,-]{0,199}")
MAX_FINDINGS = 1_000


def to_arguments(options: dict[str, Any]) -> list[str]:
    for name, value in options.items():
        if name not in OPTIONS or not (isinstance(value, str) and VALUE.fullmatch(value)):
            raise ScanError("INVALID_JOB", f"options.{name}: must be a word or several, of {', '.join(OPTIONS)}")
    return [each for name, value in options.items() for each in (OPTIONS[name], value)]


def to_finding(line: dict[str, Any]) -> Finding:
    port, info = int(line["port"]), line["info"]
    return Finding(
        id=f"{line['template-id']}:{port}"[:200],
        kind=line["type"],
        title=info["name"][:512],
        severity=info["severity"],
        port=port,
        data={"matched_at": line["matched-at"][:2_000]},
    )


async def scan(target: ScanTarget) -> ScanResult:
    host = f"[{target.ip}]" if ":" in target.ip else target.ip
    places = "".join(f"{host}:{port}\n" for port in target.ports)
    command = [*COMMAND, *to_arguments(dict(target.options))]
    try:
        scanner = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except FileNotFoundError as error:
        raise ScanError("SCANNER_MISSING", str(error)) from error
    try:
        output, errors = await scanner.communicate(places.encode())
    finally:
        if scanner.returncode is None:  # The scan was cancelled.
            scanner.kill()
    if scanner.returncode != 0:
        raise ScanError("SCANNER_CRASHED", errors.decode(errors="replace")[-500:])
    findings = [to_finding(json.loads(line)) for line in output.splitlines()[:MAX_FINDINGS]]
    return ScanResult(open_ports=sorted({each.port for each in findings}), findings=findings)


if __name__ == "__main__":
    run(scan, methods=os.environ.get("METHODS", "nuclei").split(","), version="command 1")
