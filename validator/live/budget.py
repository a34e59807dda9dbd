"""What asking may cost: requests and tokens, counted before they are spent, so that a run costs what it says."""

from __future__ import annotations


class Spent(Exception):  # noqa: N818 - no error: the limit that somebody set is reached
    """One more request would cost more than is allowed; the message says what."""


class Budget:
    """Counts requests, and the tokens that they allow an answer to have.

    Args:
        requests: how many may be sent, retries included.
        tokens: how many tokens all answers together may have, by the limits that their requests set.

    Attributes: `asked`, the requests sent so far; `allowed`, the tokens that they allow.

    """

    def __init__(self, requests: int, tokens: int) -> None:
        self._requests, self._tokens = requests, tokens
        self.asked = self.allowed = 0

    def afford(self, requests: int, tokens: int) -> None:
        """Make sure that there is enough left.

        Raises:
            Spent: there is not.

        """
        if self.asked + requests > self._requests:
            raise Spent(f"--max-requests {self._requests} is reached")
        if self.allowed + tokens > self._tokens:
            raise Spent(f"--max-tokens {self._tokens} is reached: {self.allowed} may be used, it asks for {tokens}")

    def spend(self, tokens: int) -> None:
        """Count one request.

        Raises:
            Spent: it costs more than is left; it is not counted.

        """
        self.afford(1, tokens)
        self.asked += 1
        self.allowed += tokens
