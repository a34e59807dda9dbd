"""What talks to running servers and clients: asks them, stands between them, plays one, and saves what streams.

    serve.py   runs an ASGI application, on the loopback unless another host is named
    save.py    writes captures to disk while they stream
    veil.py    keeps the secrets of an exchange out of them
    proxy.py   passes requests on to a server (upstream.py, hop.py), and what it streams back (tap.py)
    ask.py     sends requests to a server (redirect.py: never to another)
    replay.py  streams captures to clients

All of it needs the libraries of the extra ``live``, so nothing else imports from here before it is asked for.
"""

from __future__ import annotations

from importlib.util import find_spec

from validator.yamlfile import ConfigError

#: The libraries of the extra.
_NEEDED = ("httpx", "starlette", "uvicorn")


def require() -> None:
    """Refuse to go on where the libraries of the extra ``live`` are not installed.

    Raises:
        ConfigError: which are missing, and what to type.

    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        names = " and ".join([", ".join(missing[:-1]), missing[-1]] if missing[1:] else missing)
        is_ = "are" if missing[1:] else "is"
        raise ConfigError(f"this needs {names}, which {is_} not installed: pip install 'chunkspec[live]'")
