"""Everything of a scanner node except the scan itself: you write a coroutine that scans one address."""

from .findings import Finding, PortResult
from .node import Node, NodeSupersededError, run
from .options import Options
from .scan import ScanAbort, ScanError, ScanFunction, ScanResult, ScanTarget
from .targets import Scope, parse_scope

__all__ = [
    "Finding",
    "Node",
    "NodeSupersededError",
    "Options",
    "PortResult",
    "ScanAbort",
    "ScanError",
    "ScanFunction",
    "ScanResult",
    "ScanTarget",
    "Scope",
    "parse_scope",
    "run",
]
