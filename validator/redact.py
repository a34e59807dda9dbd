"""What must not leave a capture: keys, tokens and cookies, in headers, URLs and request bodies.

They are dropped where a capture is read, so that nothing behind it (reports, converted files, logs) can show them.
The names are matched broadly: a header that is lost costs a rule at most, one that leaks costs an account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from validator.payload import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HEADER = re.compile(
    r"auth|cookie|token|secret|password|credential|signature|session|api[-_]?key|access[-_]?key|-key$|^key$"
    r"|organization|project|account|tenant|subscription|client-ip|forwarded|real-ip|connecting-ip",
)
_HARMLESS = re.compile(r"^x-ratelimit-|^content-type$|-tokens$")
_MEMBER = re.compile(
    r"(?:^|[-_.])(?:api[-_]?key|apikey|authorization|(?:access|auth|bearer|refresh|session|id)[-_]?token|password|passwd"
    r"|(?:client[-_]?)?secret|secret[-_]?(?:access[-_]?)?key|private[-_]?key|access[-_]?key(?:[-_]?id)?|cookie"
    r"|credentials?|connection[-_]?string|encoded[-_]?api[-_]?key)$",
    re.IGNORECASE,
)
TOKEN = re.compile(
    r"\bBearer\s+[\w.~+/-]{8,}=*|\b(?:sk|pk|rk|xai|gsk|hf|r8|nvapi|pplx|fw)[-_][\w-]{16,}|\bAIza[\w-]{30,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bxox[abprs]-[\w-]{10,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+",
    re.IGNORECASE,
)
_USER = re.compile(r"(\b[a-z][a-z0-9+.-]{1,30}://)[^/\s?#@\"']{1,400}@", re.IGNORECASE)
_QUERY = re.compile(
    r"([?&](?:[\w.-]*(?:key|token|secret|sig|signature|password|auth|credential|session)[\w.-]*|code|sas)=)[^&#\s\"'<>]+",
    re.IGNORECASE,
)

#: What stands in place of a secret within a text.
GONE = "[removed]"


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without those that may hold a secret or say who asked, and URLs in them without theirs."""
    return {
        name: clean(value)
        for name, value in headers.items()
        if not name.startswith(":") and (_HARMLESS.search(name.lower()) or not _HEADER.search(name.lower()))
    }


def clean(text: str) -> str:
    """Return a text with the credentials in its URLs, and what looks like a key or token, removed."""
    text = _USER.sub(rf"\1{GONE}@", text) if "@" in text else text
    text = _QUERY.sub(rf"\1{GONE}", text) if "=" in text else text
    return TOKEN.sub(GONE, text)


def clean_request(value: Any) -> Any:
    """Return a decoded request body without members that hold a secret, and its texts cleaned."""
    return changed(value, clean, lambda holder, key, member: None if _is_secret(holder, key, member) else key)


def secrets(headers: Iterable[tuple[str, str]], query: str = "", body: Any = None) -> set[str]:
    """Return the keys, tokens and passwords that a request holds, which are to be covered wherever they come again.

    Args:
        headers: of the request, by lower-case names.
        query: of its URL.
        body: decoded.

    """
    import base64  # late, as what follows: a plain check has no request
    from contextlib import suppress
    from urllib.parse import parse_qsl

    keyed = re.compile(
        r"auth|cookie|token|secret|password|credential|signature|api[-_]?key|access[-_]?key|-key$|^key$"
    )
    found: set[str] = set()
    for name, value in headers:
        if keyed.search(name) and not _HARMLESS.search(name):
            parts = re.split(r"[\s;,]+", value)
            found |= {value, *parts, *(part.partition("=")[2] for part in parts)}
    for part in list(found):
        with suppress(ValueError):
            user = base64.b64decode(part, validate=True).decode()
            found.add(user.partition(":")[2])
    for name, value in parse_qsl(query):
        if _QUERY.match(f"?{name}=value"):
            found.add(value)
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            found |= {member for key, member in value.items() if _is_secret(value, key, member)}
            waiting += value.values()
        elif type(value) is list:
            waiting += value
    return found - {""}


def _is_secret(holder: dict[str, Any], key: str, value: Any) -> bool:
    if type(value) is not str:
        return False
    return _MEMBER.search(key) is not None or (key == "key" and "type" in holder and len(holder) <= 3)
