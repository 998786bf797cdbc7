"""The numbers and the forms of names of the node contract, each in one place."""

import re

CONTRACT = 1
MAX_CAPACITY = 9_500
MAX_SUBTASKS_PER_JOB = 500
MAX_ATTEMPT = 1_000_000
MAX_EXCLUDE_PORTS = 1_000
MAX_UPDATES_PER_ENVELOPE = 500
MAX_ENVELOPE_BYTES = 1_000_000
MAX_CURRENT_TASKS = 10_000
MAX_ERROR_MESSAGE_LENGTH = 2_000
MAX_OPEN_PORTS = 65_535
MAX_SERVICES = 1_024
MAX_SERVICE_LENGTH = 512
MAX_HOSTNAMES = 100
MAX_FINDINGS = 1_000
MAX_FINDING_DATA_BYTES = 8_192
MAX_STRUCTURE_BYTES = 524_288
"""Of `ports`, `hostnames` and `findings` together."""
MAX_VERSION_LENGTH = 50
MAX_METHODS = 50
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
"""Of a node."""
LOWER_CASE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
"""Of a pool, and of a method."""
