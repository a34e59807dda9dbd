"""What is and is not a chunk of a chat completion, by its choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schemas.made import (
    CALL,
    CALLS,
    CHOICE,
    CHOICES,
    DELTA,
    GONE,
    TOKEN,
    TOKENS,
    chat,
    choice,
    fragment,
    likely,
    said,
    token,
    told,
)

if TYPE_CHECKING:
    from tests.schemas.documents import Row

CHUNK: list[Row] = [
    # good
    ("chunk", chat(), []),
    ("chunk", chat(choice()), []),
    ("chunk", chat(choice(), choice(index=1)), []),
    ("chunk", chat(choice(index=127)), []),
    ("chunk", chat(choice(index=1.0), created=1.0), []),
    ("chunk", chat(usage=None, moderation=None, error=None), []),
    ("chunk", chat(system_fingerprint="fp_1", obfuscation=""), []),
    ("chunk", chat(system_fingerprint=None, obfuscation="x7Kq"), []),
    *[("chunk", chat(service_tier=tier), []) for tier in ("auto", "default", "flex", "scale", "priority")],
    *[("chunk", chat(service_tier=tier), []) for tier in ("fast", None)],
    ("chunk", chat(choice({"novel": 1}, novel=1), novel=1), []),
    # bad
    ("chunk", [], [("", "type")]),
    ("chunk", None, [("", "type")]),
    ("chunk", {}, [("", "required")] * 5),
    *[("chunk", chat(**{name: GONE}), [("", "required")]) for name in ("id", "object", "created", "model")],
    ("chunk", chat(choices=GONE), [("", "required")]),
    ("chunk", chat(id=None), [("/id", "type")]),
    ("chunk", chat(object="chat.completion"), [("/object", "const")]),
    ("chunk", chat(object=None), [("/object", "const")]),
    ("chunk", chat(created="1772356322"), [("/created", "type")]),
    ("chunk", chat(created=1.5), [("/created", "type")]),
    ("chunk", chat(created=True), [("/created", "type")]),
    ("chunk", chat(model=None), [("/model", "type")]),
    ("chunk", chat(choices=None), [(CHOICES, "type")]),
    ("chunk", chat(choices={}), [(CHOICES, "type")]),
    ("chunk", chat(service_tier="standard"), [("/service_tier", "enum")]),
    ("chunk", chat(system_fingerprint=1), [("/system_fingerprint", "type")]),
    ("chunk", chat(obfuscation=None), [("/obfuscation", "type")]),
    ("chunk", chat(usage=[]), [("/usage", "type")]),
    ("chunk", chat(moderation=[]), [("/moderation", "type")]),
    ("chunk", chat(error="It broke."), [("/error", "type")]),
    ("chunk", chat(None), [(CHOICE, "type")]),
    ("chunk", chat({}), [(CHOICE, "required")] * 3),
    ("chunk", chat(choice(index=GONE)), [(CHOICE, "required")]),
    ("chunk", chat(choice(finish_reason=GONE)), [(CHOICE, "required")]),
    ("chunk", chat(choice(), {"index": 1, "finish_reason": None}), [("/choices/1", "required")]),
    ("chunk", chat(choice(index="0")), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=None)), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=0.5)), [("/choices/0/index", "type")]),
    ("chunk", chat(choice(index=-1)), [("/choices/0/index", "minimum")]),
    ("chunk", chat(choice(index=128)), [("/choices/0/index", "maximum")]),
    ("chunk", chat(choice(index=10**30)), [("/choices/0/index", "maximum")]),
    ("chunk", chat(choice(delta=None)), [(DELTA, "type")]),
    ("chunk", chat(choice(delta="Hi")), [(DELTA, "type")]),
]

DELTAS: list[Row] = [
    # good
    *[("role", said(role=role), []) for role in ("developer", "system", "user", "assistant", "tool")],
    ("role", said(role="assistant", content="", refusal=None), []),
    ("role", said(role="assistant", content=None), []),
    ("role", chat(choice(), choice({"role": "assistant"}, index=1)), []),
    ("content", said(content="Hi"), []),
    ("content", said(content=""), []),
    ("refusal", said(refusal="No"), []),
    ("refusal", said(role="assistant", content=None, refusal=""), []),
    ("function-call", said(function_call={}), []),
    ("function-call", said(role="assistant", content=None, function_call={"name": "f", "arguments": ""}), []),
    ("chunk", said(audio={"id": "audio_1", "data": 1, "transcript": None}, annotations=[]), []),
    # bad
    ("chunk", said(role=None), [(f"{DELTA}/role", "enum")]),
    ("role", said(role="function"), [(f"{DELTA}/role", "enum")]),
    ("role", said(role=""), [(f"{DELTA}/role", "enum")]),
    ("content", said(content=[{"type": "text", "text": "Hi"}]), [(f"{DELTA}/content", "type")]),
    ("content", said(content=1), [(f"{DELTA}/content", "type")]),
    ("refusal", said(refusal=False), [(f"{DELTA}/refusal", "type")]),
    ("chunk", said(function_call=None), [(f"{DELTA}/function_call", "type")]),
    ("function-call", said(function_call="f()"), [(f"{DELTA}/function_call", "type")]),
    ("function-call", said(function_call={"name": None}), [(f"{DELTA}/function_call/name", "type")]),
    ("function-call", said(function_call={"arguments": {}}), [(f"{DELTA}/function_call/arguments", "type")]),
    # classified as what it is not
    *[
        (kind, chat(choice()), [(CHOICES, "contains")])
        for kind in ("role", "content", "refusal", "tool-call", "function-call", "finish")
    ],
    ("content", said(content=None), [(CHOICES, "contains")]),
    ("refusal", said(refusal=None), [(CHOICES, "contains")]),
    ("role", said(role=None), [(CHOICES, "contains"), (f"{DELTA}/role", "enum")]),
    ("tool-call", said(tool_calls=None), [(CHOICES, "contains"), (CALLS, "type")]),
    ("function-call", said(function_call=None), [(CHOICES, "contains"), (f"{DELTA}/function_call", "type")]),
    *[
        (kind, chat(broken), [(CHOICES, "contains"), breach])
        for kind in ("role", "content", "refusal", "tool-call", "function-call")
        for broken, breach in (
            ("Hi", (CHOICE, "type")),
            (choice("Hi"), (DELTA, "type")),
            ({"index": 0, "finish_reason": None}, (CHOICE, "required")),
        )
    ],
    *[
        (kind, {"choices": [choice(delta)]}, [("", "required")] * 4)  # a kind asks for all that a chunk does
        for kind, delta in (
            ("role", {"role": "assistant"}),
            ("content", {"content": "Hi"}),
            ("refusal", {"refusal": "No"}),
            ("tool-call", {"tool_calls": []}),
            ("function-call", {"function_call": {}}),
        )
    ],
]

TOOL_CALLS: list[Row] = [
    # good
    ("tool-call", fragment(), []),
    ("tool-call", fragment(function=GONE), []),
    ("tool-call", fragment(id="call_1", type="function", function={"name": "f", "arguments": ""}), []),
    ("tool-call", fragment(custom={"name": "f", "input": 1}), []),
    ("tool-call", said(tool_calls=[{"index": 0}, {"index": 200}]), []),
    ("tool-call", said(tool_calls=[]), []),
    # bad
    ("chunk", said(tool_calls=None), [(CALLS, "type")]),
    ("tool-call", said(tool_calls={"index": 0}), [(CALLS, "type")]),
    ("tool-call", said(tool_calls=["f"]), [(CALL, "type")]),
    ("tool-call", fragment(index=GONE), [(CALL, "required")]),
    ("tool-call", fragment(index=None), [(f"{CALL}/index", "type")]),
    ("tool-call", fragment(index=-1), [(f"{CALL}/index", "minimum")]),
    ("tool-call", fragment(id=None), [(f"{CALL}/id", "type")]),
    ("tool-call", fragment(type="custom"), [(f"{CALL}/type", "enum")]),
    ("tool-call", fragment(type=None), [(f"{CALL}/type", "enum")]),
    ("tool-call", fragment(function="f"), [(f"{CALL}/function", "type")]),
    ("tool-call", fragment(function={"name": None}), [(f"{CALL}/function/name", "type")]),
    ("tool-call", fragment(function={"arguments": None}), [(f"{CALL}/function/arguments", "type")]),
    ("tool-call", fragment(function={"arguments": {}}), [(f"{CALL}/function/arguments", "type")]),
]

LOGPROBS: list[Row] = [
    # good
    ("content", chat(choice({"content": "Hi"}, logprobs=None)), []),
    ("content", told([]), []),
    ("content", told(None, []), []),
    ("content", told([token(bytes=None, logprob=0)], [token(logprob=-9999.0)]), []),
    ("content", told([likely(), likely(bytes=None)]), []),
    # bad
    ("content", chat(choice({"content": "Hi"}, logprobs=-0.5)), [("/choices/0/logprobs", "type")]),
    ("content", chat(choice({"content": "Hi"}, logprobs={})), [("/choices/0/logprobs", "required")] * 2),
    (
        "content",
        chat(choice({"content": "Hi"}, logprobs={"content": []})),
        [("/choices/0/logprobs", "required")],
    ),
    ("content", told({}), [(TOKENS, "type")]),
    ("content", told(None, {}), [("/choices/0/logprobs/refusal", "type")]),
    ("content", told(None, ["Hi"]), [("/choices/0/logprobs/refusal/0", "type")]),
    ("content", told(["Hi"]), [(TOKEN, "type")]),
    ("content", told([{}]), [(TOKEN, "required")] * 4),
    *[
        ("content", told([token(**{name: GONE})]), [(TOKEN, "required")])
        for name in ("token", "logprob", "bytes", "top_logprobs")
    ],
    ("content", told([token(token=None)]), [(f"{TOKEN}/token", "type")]),
    ("content", told([token(logprob=None)]), [(f"{TOKEN}/logprob", "type")]),
    ("content", told([token(bytes="Hi")]), [(f"{TOKEN}/bytes", "type")]),
    ("content", told([token(bytes=[72, "i"])]), [(f"{TOKEN}/bytes/1", "type")]),
    ("content", told([token(top_logprobs=None)]), [(f"{TOKEN}/top_logprobs", "type")]),
    ("content", told([token(top_logprobs=["Hi"])]), [(f"{TOKEN}/top_logprobs/0", "type")]),
    *[
        ("content", told([likely(**{name: GONE})]), [(f"{TOKEN}/top_logprobs/0", "required")])
        for name in ("token", "logprob", "bytes")
    ],
    ("content", told([likely(token=1)]), [(f"{TOKEN}/top_logprobs/0/token", "type")]),
    ("content", told([likely(logprob="-0.5")]), [(f"{TOKEN}/top_logprobs/0/logprob", "type")]),
    ("content", told([likely(bytes="Hi")]), [(f"{TOKEN}/top_logprobs/0/bytes", "type")]),
    ("content", told([likely(bytes=[0.5])]), [(f"{TOKEN}/top_logprobs/0/bytes/0", "type")]),
]

FINISH: list[Row] = [
    *[
        ("finish", chat(choice(finish_reason=reason)), [])
        for reason in ("stop", "length", "tool_calls", "content_filter", "function_call")
    ],
    ("finish", chat(choice(finish_reason="stop", logprobs=None)), []),
    ("finish", chat(choice(), choice(index=1, finish_reason="stop")), []),
    ("finish", chat(choice(finish_reason="")), [("/choices/0/finish_reason", "enum")]),
    ("finish", chat(choice(finish_reason="end_turn")), [("/choices/0/finish_reason", "enum")]),
    ("finish", chat(choice(finish_reason=False)), [("/choices/0/finish_reason", "enum")]),
    # classified as what it is not
    ("finish", chat("stop"), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("finish", chat(choice(finish_reason=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("finish", {"choices": [choice(finish_reason="stop")]}, [("", "required")] * 4),
]
