"""Published clients work through a proxy as they do without one."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.clients import CLIENTS, HERE
from tests.corpus import CORPUS
from tests.live.sockets import Heard, proxied
from tests.loopback import Answer, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON = {"Content-Type": "application/json"}
GOOD = (CORPUS / "streams" / "openai" / "hello-world.sse").read_bytes()
WHOLE = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello, you"}}],
}  # fmt: skip
WRONG = {
    "error": {"message": "no such model", "type": "invalid_request_error", "param": "model", "code": "not_found"}
}
ANSWERS = {
    "/stream/chat/completions": Answer([event + b"\n\n" for event in GOOD.split(b"\n\n") if event]),
    "/whole/chat/completions": Answer([json.dumps(WHOLE).encode()], JSON),
    "/wrong/chat/completions": Answer([json.dumps(WRONG).encode()], JSON, status=404),
    "/cut/chat/completions": Answer([GOOD[:700]], end="cut"),
}


def with_python(url: str) -> dict[str, Any]:
    openai = pytest.importorskip("openai", reason="openai is not installed")
    outcomes: dict[str, Any] = {}
    asked: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    for path, stream in (("stream", True), ("whole", False), ("wrong", True), ("cut", True)):
        client = openai.OpenAI(api_key="sk-live-0123456789", base_url=f"{url}/{path}", max_retries=0, timeout=10)
        try:
            answer = client.chat.completions.create(**asked, stream=stream)
            if stream:
                parts = [chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices]
                outcomes[path] = "".join(parts)
            else:
                outcomes[path] = answer.choices[0].message.content
        except Exception as error:
            outcomes[path] = [type(error).__name__, str(error)]
        finally:
            client.close()
    return outcomes


NODE = """
import OpenAI from 'openai';
const outcomes = {};
const asked = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] };
for (const [path, stream] of [['stream', true], ['whole', false], ['wrong', true], ['cut', true]]) {
  const baseURL = `${process.argv[1]}/${path}`;
  const client = new OpenAI({ apiKey: 'sk-live-0123456789', baseURL, maxRetries: 0, timeout: 9000, logLevel: 'off' });
  try {
    const answer = await client.chat.completions.create({ ...asked, stream });
    if (stream) {
      outcomes[path] = '';
      for await (const chunk of answer) outcomes[path] += chunk.choices[0]?.delta?.content ?? '';
    } else outcomes[path] = answer.choices[0].message.content;
  } catch (error) {
    outcomes[path] = [error.constructor.name, error.message];
  }
}
console.log(JSON.stringify(outcomes));
"""


def with_node(url: str) -> dict[str, Any]:
    if not os.environ.get("CHUNKSPEC_CLIENTS"):
        pytest.skip("runs published clients; set CHUNKSPEC_CLIENTS=1")
    wanting = next(one.wanting() for one in CLIENTS.values() if one.name == "openai-node")
    if wanting:
        pytest.skip(wanting)
    command = ["node", "--input-type=module", "--eval", NODE, url]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=True)
    outcomes: dict[str, Any] = json.loads(done.stdout)
    return outcomes


@pytest.mark.parametrize("client", [with_python, with_node], ids=["openai-python", "openai-node"])
def test_a_client_works_as_it_does_without(client: Callable[[str], dict[str, Any]], tmp_path: Path) -> None:
    with serving(ANSWERS) as url:
        without = client(url)
        with proxied(url, tmp_path) as (at, heard):
            through = client(at)
            heard.first(2)
    assert through == without
    assert (through["stream"], through["whole"]) == ("Hello, world!", "Hello, you")
    assert through["wrong"][0] == "NotFoundError"
    assert len(through["cut"][0]) > 0
    ended(heard)
    assert not [path for path in tmp_path.iterdir() if "sk-live" in path.read_text()]


def ended(heard: Heard) -> None:
    """The client closes a stream when it has seen its last event; what came until then is finished."""
    endings = sorted(passed.report.ending for passed in heard.streams if passed.report)
    assert endings == ["cut", "finished"]
    assert sorted(status for _, status in heard.others) == [200, 404]
