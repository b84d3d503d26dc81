"""Stores of flow and features filled by many processes, on this machine or on others. README.md says how."""
