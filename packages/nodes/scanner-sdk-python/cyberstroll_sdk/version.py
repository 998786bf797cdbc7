"""The version of the SDK, as pyproject.toml has it."""

VERSION = "0.1.0"
