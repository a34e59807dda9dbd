"""The transports for httpx and httpx2."""
