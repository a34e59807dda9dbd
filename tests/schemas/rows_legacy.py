"""What is and is not a chunk of a text completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schemas.made import CHOICE, CHOICES, GONE, failed, piece, text, used

if TYPE_CHECKING:
    from tests.schemas.documents import Row

LEGACY: list[Row] = [
    # good
    ("chunk", text(), []),
    ("chunk", text(usage=None, error=None, system_fingerprint=None), []),
    ("chunk", text(system_fingerprint="fp_1"), []),
    ("text", text(piece()), []),
    ("text", text(piece(text="", index=500)), []),
    ("text", text(piece(logprobs={})), []),
    ("text", text(piece(logprobs={"tokens": ["A"], "token_logprobs": [-0.5], "top_logprobs": None})), []),
    (
        "text",
        text(
            piece(
                logprobs={
                    "tokens": ["A", " b"],
                    "token_logprobs": [None, -0.5],
                    "top_logprobs": [None, {" b": -0.5}],
                    "text_offset": [0, 1],
                }
            )
        ),
        [],
    ),
    *[("finish", text(piece(finish_reason=why)), []) for why in ("stop", "length", "content_filter")],
    ("usage", text(usage=used()["usage"]), []),
    ("error", failed(), []),
    ("error", {**failed(), "choices": None}, []),
    # bad
    ("chunk", [], [("", "type")]),
    *[("chunk", text(**{name: GONE}), [("", "required")]) for name in ("object", "created", "model")],
    ("chunk", text(choices=GONE), [("", "required")]),
    ("chunk", {**text(), "id": 1}, [("/id", "type")]),
    ("chunk", {name: value for name, value in text().items() if name != "id"}, [("", "required")]),
    ("chunk", text(object="text_completion.chunk"), [("/object", "const")]),
    ("chunk", text(created="now"), [("/created", "type")]),
    ("chunk", text(model=1), [("/model", "type")]),
    ("chunk", text(choices=None), [(CHOICES, "type")]),
    ("chunk", text(system_fingerprint=1), [("/system_fingerprint", "type")]),
    ("chunk", text(error="It broke."), [("/error", "type")]),
    ("text", text(piece(), None), [("/choices/1", "type")]),
    *[("text", text(piece(), piece(**{name: GONE})), [("/choices/1", "required")]) for name in piece()],
    ("text", text(piece(text=1)), [(f"{CHOICE}/text", "type")]),
    ("text", text(piece(index="0")), [(f"{CHOICE}/index", "type")]),
    ("text", text(piece(index=-1)), [(f"{CHOICE}/index", "minimum")]),
    ("text", text(piece(logprobs=[])), [(f"{CHOICE}/logprobs", "type")]),
    *[
        ("text", text(piece(logprobs={name: wrong})), [(f"{CHOICE}/logprobs/{place}", "type")])
        for name, wrong, place in (
            ("tokens", None, "tokens"),
            ("tokens", [1], "tokens/0"),
            ("token_logprobs", None, "token_logprobs"),
            ("token_logprobs", ["-0.5"], "token_logprobs/0"),
            ("top_logprobs", {}, "top_logprobs"),
            ("top_logprobs", [-0.5], "top_logprobs/0"),
            ("top_logprobs", [{"A": None}], "top_logprobs/0/A"),
            ("text_offset", None, "text_offset"),
            ("text_offset", [0.5], "text_offset/0"),
        )
    ],
    ("finish", text(piece(finish_reason="")), [(f"{CHOICE}/finish_reason", "enum")]),
    ("finish", text(piece(finish_reason="tool_calls")), [(f"{CHOICE}/finish_reason", "enum")]),
    ("usage", text(usage=used(total_tokens=GONE)["usage"]), [("/usage", "required")]),
    ("error", [], [("", "type")]),
    ("error", {"error": "It broke."}, [("/error", "type")]),
    # classified as what it is not
    ("text", text(), [(CHOICES, "contains")]),
    ("text", text(None), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("text", text(piece(text=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("text", text(piece(text=None)), [(CHOICES, "contains"), (f"{CHOICE}/text", "type")]),
    ("finish", text(piece()), [(CHOICES, "contains")]),
    ("finish", text(None), [(CHOICES, "contains"), (CHOICE, "type")]),
    ("finish", text(piece(finish_reason=GONE)), [(CHOICES, "contains"), (CHOICE, "required")]),
    ("usage", text(), [("", "required")]),
    ("usage", text(usage=None), [("/usage", "not")]),
    ("error", text(), [("", "required")]),
    ("text", {"choices": [piece()]}, [("", "required")] * 4),
    ("finish", {"choices": [piece(finish_reason="stop")]}, [("", "required")] * 4),
    ("usage", {"usage": used()["usage"]}, [("", "required")] * 5),
]
