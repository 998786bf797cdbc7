"""A job as it came: what can be read of it, and which of its addresses may be scanned."""
import ipaddress, json, os, re

SCOPE = [ipaddress.ip_network(text) for text in os.environ.get("SCAN_SCOPE", "127.0.0.0/8").split(",")]


def queue_arguments(pool):
    return {"x-queue-type": "quorum", "x-delivery-limit": 20, "x-dead-letter-exchange": "cs.dead-letters",
            "x-dead-letter-routing-key": f"cs.jobs.{pool}", "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish"}


def read_job(body):
    """Adds `parsed_ports`, `excluded` and `invalid`. Raises ValueError if not even its subtasks can be named."""
    try:
        job = json.loads(body)
        [(job["task_id"], each["subtask_id"], each["attempt"]) for each in job["subtasks"]]
    except (KeyError, TypeError) as error:
        raise ValueError(error) from error
    job.update(parsed_ports=[], excluded=[], invalid=None)
    try:
        job["parsed_ports"] = list(parse_ports(job["scan"]["ports"]))
        job["excluded"] = list(parse_excluded(job.get("exclude_target", "")))
    except (ValueError, KeyError) as error:
        job["invalid"] = str(error)
    return job


def may_scan(job, ip):
    address = ipaddress.ip_address(ip)
    for low, high in job["excluded"]:
        if low.version == address.version and low <= address <= high:
            return False
    return any(address in network for network in SCOPE)


def parse_ports(text):
    for part in re.split(r"[,\s]+", text.strip()):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def parse_excluded(text):
    """Pairs of first and last address. Raises ValueError for what it cannot read."""
    for entry in filter(None, re.split(r"[,\s]+", text)):
        if "/" in entry:
            network = ipaddress.ip_network(entry, strict=False)
            yield network[0], network[-1]
        else:
            first, _, last = entry.partition("-")
            low = ipaddress.ip_address(first)
            if last.isdigit():
                last = first.rpartition(".")[0] + "." + last
            yield low, ipaddress.ip_address(last or first)
