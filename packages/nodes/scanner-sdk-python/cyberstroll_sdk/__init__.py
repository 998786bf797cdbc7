"""Everything of a scanner node except the scan itself: you write a coroutine that scans one address."""

from .node import Node, NodeSupersededError, run
from .options import Options
from .scan import ScanAbort, ScanError, ScanFunction, ScanResult, ScanTarget
from .targets import Scope, parse_scope

__all__ = [
    "Node",
    "NodeSupersededError",
    "Options",
    "ScanAbort",
    "ScanError",
    "ScanFunction",
    "ScanResult",
    "ScanTarget",
    "Scope",
    "parse_scope",
    "run",
]
