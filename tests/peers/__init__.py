"""Servers that others wrote, started on the loopback, asked by our commands, and held to their known defects."""
