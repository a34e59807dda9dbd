"""The benchmarks: each takes a scale and how often to measure, and yields the rows of its table."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import validator
from tests.benchmarks import made, readers
from tests.benchmarks.choices import decoders, engines
from tests.benchmarks.measure import CHUNKSPEC, commands, interleaved, peak_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Rows = Iterator[Sequence[str]]

#: How many chunks slow readers are given; what they take is told per chunk.
_SAMPLE = 5_000


def chunks(scale: float, rounds: int) -> Rows:
    """CPU time per chunk of long streams, all rules on, beside decoding alone and other ways to read them."""
    yield (
        "100 k chunks of", "bytes each", "orjson", "chunkspec", "x orjson",
        "openai-python", "x chunkspec", "plain", "x chunkspec",
    )  # fmt: skip
    yield ("---",) * 9
    openai_python, plain = readers.OpenAI(), readers.Plain()
    for name, make in made.LONG.items():
        payloads = list(make(round(100_000 * scale)))
        part = list(make(min(_SAMPLE, round(100_000 * scale))))
        body, sample = made.stream(payloads), made.stream(part)
        took = interleaved(
            {
                "orjson": partial(readers.by_orjson, payloads),
                "chunkspec": partial(readers.by_chunkspec, body),
                "openai": partial(openai_python, sample),
                "plain": partial(plain, sample),
            },
            rounds,
        )
        floor, own = (took[one] / len(payloads) for one in ("orjson", "chunkspec"))
        openai, by_hand = (took[one] / len(part) for one in ("openai", "plain"))
        yield (
            name, f"{len(body) / len(payloads):.0f}", _micro(floor), _micro(own), f"**{own / floor:.2f}**",
            _micro(openai), f"**{openai / own:.1f}**", _micro(by_hand), f"{by_hand / own:.1f}",
        )  # fmt: skip


def short(scale: float, rounds: int) -> Rows:
    """Streams a second, in this process, on one processor: 10 k streams of 8 events and about 2.5 kB."""
    bodies = made.short(round(10_000 * scale))
    sample = bodies[: max(len(bodies) // 10, 1)]
    openai_python, plain = readers.OpenAI(), readers.Plain()
    ways: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
        "`validator.check(bytes)`": (validator.check, bodies),
        "`StreamValidator`": (readers.by_chunkspec, bodies),
        "openai-python": (openai_python, sample),
        "plain": (plain, sample),
    }
    took = interleaved({name: partial(_each, *way) for name, way in ways.items()}, rounds)
    rates = {name: len(ways[name][1]) / seconds for name, seconds in took.items()}
    own = next(iter(rates.values()))
    yield "way", "streams a second", "`check` is times as fast"
    yield ("---",) * 3
    for name, rate in rates.items():
        yield name, f"**{rate:,.0f}**", f"{own / rate:.2f}"


def _each(way: Callable[[bytes], object], bodies: list[bytes]) -> None:
    for body in bodies:
        way(body)


def parallel(scale: float, rounds: int) -> Rows:
    """The same streams by the command, with one process and with two, by the clock, start and report included."""
    yield "10 k streams in", "-j1", "-j2", "times as fast"
    yield ("---",) * 4
    bodies = made.short(round(10_000 * scale))
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        for number, body in enumerate(bodies):
            (files / f"{number:05}.sse").write_bytes(body)
        har = Path(folder) / "all.har"
        har.write_text(json.dumps(_har(bodies)))
        for name, path in (("a folder", files), ("one HAR", har)):
            took = commands({jobs: (*CHUNKSPEC, "check", str(path), jobs) for jobs in ("-j1", "-j2")}, rounds)
            one, two = took["-j1"].wall, took["-j2"].wall
            yield name, f"{one:.2f} s", f"{two:.2f} s", f"**{one / two:.2f}**"


_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


def _har(bodies: list[bytes]) -> object:
    entries = [
        {
            "request": {"method": "POST", "url": "http://localhost/v1/chat/completions", "headers": []},
            "response": {
                "status": 200,
                "headers": [{"name": name, "value": value} for name, value in _HEADERS.items()],
                "content": {"mimeType": _HEADERS["content-type"], "text": body.decode()},
            },
        }
        for body in bodies
    ]
    return {"log": {"version": "1.2", "creator": {"name": "chunkspec", "version": "0"}, "entries": entries}}


def memory(scale: float, rounds: int) -> Rows:
    """The most memory that `chunkspec check` takes for 1 GB, above that of a `chunkspec --version`."""
    size = round(1e9 * scale)
    idle = peak_memory("--version")
    yield "1 GB of", "memory", "above idle"
    yield ("---",) * 3
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.sse"
        for name, write in made.LARGE.items():
            write(file, size)
            peak = peak_memory("check", str(file))
            yield name, _mebi(peak), f"**{_mebi(peak - idle)}**"


def cold(scale: float, rounds: int) -> Rows:
    """CPU time from start to exit: `chunkspec check` of one short stream, beside a Python that only imports."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "short.sse"
        file.write_bytes(made.short(1)[0])
        floor, own = "`python -c 'import orjson, jsonschema_rs'`", "`chunkspec check short.sse`"
        imports = (sys.executable, "-c", "import orjson, jsonschema_rs")
        took = commands({floor: imports, own: (*CHUNKSPEC, "check", str(file))}, rounds * 3)
    yield "command", "CPU time", "ratio"
    yield ("---",) * 3
    for name, spent in took.items():
        yield name, f"{spent.cpu * 1e3:.0f} ms", f"**{spent.cpu / took[floor].cpu:.2f}**"


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} us"


def _mebi(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


#: The benchmarks by the names that choose them.
ALL: dict[str, Callable[[float, int], Rows]] = {
    "chunks": chunks,
    "short": short,
    "parallel": parallel,
    "memory": memory,
    "cold": cold,
    "decoders": decoders,
    "engines": engines,
}
