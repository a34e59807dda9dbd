"""A model of half a megabyte that has learned one answer by heart, for real inference engines to serve.

Runs in the environment of an engine, which has what it imports: ``python tiny.py FOLDER``. Makes ``FOLDER/hf`` (for
transformers) and ``FOLDER/tiny.gguf`` (for llama.cpp) in half a minute. Its tokens are bytes and common pairs of
them, so that an emoji is four tokens; and it ends its answers, so that engines have an end to tell.
"""

from __future__ import annotations

import json
import random
import string
import sys
from pathlib import Path
from typing import Any

import gguf
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

#: What it answers, whatever it is asked: characters of one to four bytes, joined ones, line ends, quotes and digits.
ANSWER = (
    "The river ran past the mill, and nobody counted the hours: один, zwei, 三 🙂.\n"
    "A family 👩‍👩‍👧‍👦 went by 7 times; "
    '"it is late", they said, \\ and the letters a b c d e f g h stood on the gate.\n\tSnow is 雪, and 👍🏽 is a yes.'
)

#: What turns a conversation into a prompt.
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"]

WIDTH, DEPTH, HEADS, CONTEXT, VOCABULARY, STEPS = 96, 2, 4, 2048, 320, 280


def _tokenizer() -> Any:
    """Return a byte-level tokenizer; only ASCII has merges, so that other characters are split into their bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(["".join(c if c.isascii() else " " for c in ANSWER)], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=SPECIAL[0], pad_token=SPECIAL[0])
    fast.chat_template = TEMPLATE
    return fast


def _question(luck: random.Random) -> str:
    """Return a made-up question: letters, or words, among them those of the answer."""
    if luck.random() < 0.6:
        letters = luck.choice((string.ascii_lowercase + " " * 6, string.printable, "aé三🙂👩 "))
        return "".join(luck.choices(letters, k=luck.randint(1, 90)))
    made_up = ["".join(luck.choices(string.ascii_letters, k=luck.randint(1, 8))) for _ in range(20)]
    return " ".join(luck.choices(ANSWER.split() + made_up, k=luck.randint(1, 30)))


def _batch(tokenizer: Any, luck: random.Random) -> tuple[Any, Any]:
    """Return some conversations with made-up questions; only the answers count."""
    rows = []
    for _ in range(8):
        asked = _question(luck)
        prompt = tokenizer(f"<|user|>{asked}<|end|><|assistant|>")["input_ids"]
        rows.append((prompt, tokenizer(f"{ANSWER}<|end|>")["input_ids"]))
    longest = max(len(prompt) + len(answer) for prompt, answer in rows)
    tokens, labels = torch.zeros(len(rows), longest, dtype=torch.long), torch.full((len(rows), longest), -100)
    for row, (prompt, answer) in enumerate(rows):
        whole = torch.tensor(prompt + answer)
        tokens[row, : len(whole)] = whole
        labels[row, len(prompt) : len(whole)] = whole[len(prompt) :]
    return tokens, labels


def _model(tokenizer: Any) -> Any:
    torch.set_num_threads(1)  # threads of so small a model only wait for each other
    torch.manual_seed(6)
    luck = random.Random(6)  # noqa: S311 - nothing depends on nobody guessing it
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=DEPTH,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config)
    steps = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(STEPS):
        tokens, labels = _batch(tokenizer, luck)
        loss = model(input_ids=tokens, labels=labels).loss
        loss.backward()
        steps.step()
        steps.zero_grad()
        if step % 20 == 0:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    return model.eval()


def _turned(weights: Any) -> Any:
    """Return the weights of queries or keys in the order of llama.cpp, which turns neighbours, not halves."""
    half = weights.shape[0] // HEADS // 2
    return weights.reshape(HEADS, 2, half, WIDTH).swapaxes(1, 2).reshape(weights.shape)


def _gguf(model: Any, tokenizer: Any, path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(DEPTH)
    writer.add_feed_forward_length(2 * WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(model.config.rms_norm_eps)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokenizer))
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda one: one[1])
    kinds = [gguf.TokenType.CONTROL if name in SPECIAL else gguf.TokenType.NORMAL for name, _ in vocabulary]
    merges = tokenizer.backend_tokenizer.to_str()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([name for name, _ in vocabulary])
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(pair) for pair in json.loads(merges)["model"]["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    parts = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    for block in range(DEPTH):
        names |= {f"model.layers.{block}.{theirs}": f"blk.{block}.{ours}" for theirs, ours in parts.items()}
    for name, tensor in model.state_dict().items():
        weights = tensor.detach().float().numpy()
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            weights = _turned(weights)
        writer.add_tensor(names[name.removesuffix(".weight")] + ".weight", weights.copy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Make the model in the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    model = _model(tokenizer)
    model.save_pretrained(folder / "hf")
    tokenizer.save_pretrained(folder / "hf")
    _gguf(model, tokenizer, folder / "tiny.gguf")
    for asked in ("Hello!", "Count from one to two hundred in words, one number on each line, and leave none out."):
        prompt = tokenizer(f"<|user|>{asked}<|end|><|assistant|>", return_tensors="pt")
        said = model.generate(**prompt, max_new_tokens=400, do_sample=False)[0][prompt["input_ids"].shape[1] :]
        if tokenizer.decode(said) != f"{ANSWER}<|end|>":
            raise SystemExit(f"the model has not learned its answer; it says {tokenizer.decode(said)!r}")
    print(f"{len(said)} tokens an answer")


if __name__ == "__main__":
    main()
