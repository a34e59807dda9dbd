"""The key that a server asks for: read from the environment, sent to it, and shown nowhere.

A server may say the key back, in a header or in its answer. So what comes is covered before anything else sees it.
"""

from __future__ import annotations

import json
import os
import re
from urllib.parse import quote

from validator.live.veil import Veil
from validator.redact import clean
from validator.yamlfile import ConfigError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
#: What an HTTP header can hold.
_SENT = re.compile(r"[\x21-\x7e]+\Z")


class Key:
    """A key, or none. It has no form in text.

    Args:
        key: what is sent; None for none.

    """

    __slots__ = ("_key", "_veil")

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        forms = set() if key is None else {key, json.dumps(key)[1:-1], quote(key, safe="")}
        self._veil = Veil(forms | {form.replace("/", "\\/") for form in forms})

    @classmethod
    def named(cls, variable: str | None) -> Key:
        """Return the key that a variable of the environment holds; None: no key.

        Raises:
            ConfigError: there is no such variable, or it holds no key.

        """
        if variable is None:
            return cls()
        if _NAME.match(variable) is None or clean(variable) != variable:
            raise ConfigError("--api-key-env takes the name of a variable that holds the key, never the key itself")
        key = os.environ.get(variable, "").strip()
        if not key:
            raise ConfigError(f"the environment has no {variable}, which --api-key-env names")
        if _SENT.match(key) is None:
            raise ConfigError(f"{variable} holds no key: it has characters that no HTTP header can have")
        return cls(key)

    def __bool__(self) -> bool:
        return self._key is not None

    def __repr__(self) -> str:
        return "Key()"

    def __reduce__(self) -> str:
        raise TypeError("a key is not written down")

    def sent(self, form: str) -> str:
        """Return the text of the header that carries it; `form` has ``{key}`` where the key stands."""
        return form.replace("{key}", self._key or "")

    def clean(self, data: bytes) -> bytes:
        """Return bytes of the same number, the key in them covered."""
        return self._veil.cover(data)

    def clean_text(self, text: str) -> str:
        """Return a text without the key, and without what looks like one."""
        return clean(self.clean(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass"))
