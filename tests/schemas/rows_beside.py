"""What is and is not a chunk of a chat completion, by what stands beside its choices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.schemas.made import GONE, INPUT, RESULT, chat, choice, failed, moderated, result, side, used

if TYPE_CHECKING:
    from tests.schemas.documents import Row

PROMPT_COUNTS = ["cached_tokens", "cache_write_tokens", "audio_tokens", "text_tokens", "image_tokens"]
COMPLETION_COUNTS = [
    "reasoning_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "audio_tokens",
    "text_tokens",
]
COUNTS = ["prompt_tokens", "completion_tokens", "total_tokens"]

USAGE: list[Row] = [
    # good
    ("usage", used(), []),
    ("usage", used(prompt_tokens=0, completion_tokens=0, total_tokens=0), []),
    ("usage", used(prompt_tokens=11.0, novel=0), []),
    ("usage", used(prompt_tokens_details={}, completion_tokens_details={}), []),
    (
        "usage",
        used(
            prompt_tokens_details=dict.fromkeys(PROMPT_COUNTS, 0),
            completion_tokens_details=dict.fromkeys(COMPLETION_COUNTS, 0),
        ),
        [],
    ),
    ("usage", chat(choice(), usage=used()["usage"]), []),  # a rule says that choices must be empty
    # bad
    ("usage", chat(usage={}), [("/usage", "required")] * 3),
    ("usage", chat(usage=15), [("/usage", "type")]),
    *[("usage", used(**{name: GONE}), [("/usage", "required")]) for name in COUNTS],
    *[("usage", used(**{name: None}), [(f"/usage/{name}", "type")]) for name in COUNTS],
    *[("usage", used(**{name: 0.5}), [(f"/usage/{name}", "type")]) for name in COUNTS],
    *[("usage", used(**{name: -1}), [(f"/usage/{name}", "minimum")]) for name in COUNTS],
    *[
        ("usage", used(**{details: wrong}), [(f"/usage/{details}", "type")])
        for details in ("prompt_tokens_details", "completion_tokens_details")
        for wrong in (None, 0)
    ],
    *[
        ("usage", used(**{details: {name: wrong}}), [(f"/usage/{details}/{name}", keyword)])
        for details, names in (
            ("prompt_tokens_details", PROMPT_COUNTS),
            ("completion_tokens_details", COMPLETION_COUNTS),
        )
        for name in names
        for wrong, keyword in ((-1, "minimum"), (None, "type"), ("0", "type"))
    ],
    # classified as what it is not
    ("usage", chat(), [("", "required")]),
    ("usage", chat(usage=None), [("/usage", "not")]),
    ("usage", {"usage": used()["usage"]}, [("", "required")] * 5),
]

MODERATION: list[Row] = [
    # good
    ("moderation", moderated(), []),
    ("moderation", moderated(side(results=[]), side()), []),
    ("moderation", moderated(side(results=[result(flagged=False, categories={}, category_scores={})])), []),
    # bad
    ("moderation", chat(moderation="fine"), [("/moderation", "type")]),
    ("moderation", chat(moderation={}), [("/moderation", "required")] * 2),
    ("moderation", chat(moderation={"input": side()}), [("/moderation", "required")]),
    ("moderation", chat(moderation={"output": side()}), [("/moderation", "required")]),
    ("moderation", moderated(None), [(INPUT, "type")]),
    ("moderation", moderated(answer=None), [("/moderation/output", "type")]),
    ("moderation", moderated({}), [(INPUT, "required")]),
    ("moderation", moderated({"type": "results"}), [(f"{INPUT}/type", "enum")]),
    ("moderation", moderated({"type": "moderation_results"}), [(INPUT, "required")] * 2),
    ("moderation", moderated({"type": "error"}), [(INPUT, "required")] * 2),
    ("moderation", moderated(side(model=GONE)), [(INPUT, "required")]),
    ("moderation", moderated(side(results=GONE)), [(INPUT, "required")]),
    ("moderation", moderated({"type": "error", "code": "timeout"}), [(INPUT, "required")]),
    ("moderation", moderated({"type": "error", "message": "It broke."}), [(INPUT, "required")]),
    ("moderation", moderated(side(model=None)), [(f"{INPUT}/model", "type")]),
    ("moderation", moderated(side(results=None)), [(f"{INPUT}/results", "type")]),
    ("moderation", moderated(side(results=[None])), [(RESULT, "type")]),
    ("moderation", moderated({"type": "error", "code": 1, "message": ""}), [(f"{INPUT}/code", "type")]),
    ("moderation", moderated({"type": "error", "code": "", "message": 1}), [(f"{INPUT}/message", "type")]),
    *[("moderation", moderated(side(results=[result(**{name: GONE})])), [(RESULT, "required")]) for name in result()],
    *[
        ("moderation", moderated(side(results=[result(**{name: wrong})])), [(f"{RESULT}/{place}", keyword)])
        for name, wrong, place, keyword in (
            ("type", "moderation", "type", "const"),
            ("model", None, "model", "type"),
            ("flagged", "no", "flagged", "type"),
            ("categories", [], "categories", "type"),
            ("categories", {"violence": 1}, "categories/violence", "type"),
            ("category_scores", None, "category_scores", "type"),
            ("category_scores", {"violence": "0.9"}, "category_scores/violence", "type"),
            ("category_applied_input_types", [], "category_applied_input_types", "type"),
            (
                "category_applied_input_types",
                {"violence": "text"},
                "category_applied_input_types/violence",
                "type",
            ),
            (
                "category_applied_input_types",
                {"violence": ["text", "audio"]},
                "category_applied_input_types/violence/1",
                "enum",
            ),
        )
    ],
    # classified as what it is not
    ("moderation", chat(), [("", "required")]),
    ("moderation", chat(moderation=None), [("/moderation", "not")]),
    ("moderation", {"moderation": moderated()["moderation"]}, [("", "required")] * 5),
]

ERROR: list[Row] = [
    # good
    ("error", failed(), []),
    ("error", failed(param="model", code="model_not_found"), []),
    ("error", {**failed(), "choices": None, "id": 1, "usage": "none"}, []),  # the rest is left open
    ("error", {"error": None}, []),  # a rule reports it
    # bad
    ("error", [], [("", "type")]),
    ("error", chat(), [("", "required")]),
    ("error", {"error": "It broke."}, [("/error", "type")]),
    ("error", {"error": {}}, [("/error", "required")] * 4),
    *[("error", failed(**{name: GONE}), [("/error", "required")]) for name in failed()["error"]],
    *[("error", failed(**{name: 502}), [(f"/error/{name}", "type")]) for name in failed()["error"]],
    ("error", failed(message=None), [("/error/message", "type")]),
    ("error", failed(type=None), [("/error/type", "type")]),
]
