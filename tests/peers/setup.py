"""Installs peers, each by itself: ``python -m tests.peers.setup [NAME...]``. Needs PyYAML, and nothing of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import venv
from typing import TYPE_CHECKING

from tests.peers.peer import HERE, HOME, MODEL, peers

if TYPE_CHECKING:
    from tests.peers.peer import Peer

#: What is installed where nobody names a peer: what takes less than a minute.
SMALL = ("fakellm", "litellm")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)


def install(peer: Peer) -> None:
    """Install a peer in its folder, unless this version is there; what is there of another goes first.

    Raises:
        subprocess.CalledProcessError: an installer failed, and has said why.

    """
    wanted = (peer.pip or peer.npm)[0].rpartition("==" if peer.pip else "@")[2]
    if peer.version != wanted:
        shutil.rmtree(peer.home, ignore_errors=True)
        if peer.pip:
            venv.create(peer.home, with_pip=True)
            python = str(peer.home / "bin" / "python")
            _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *peer.pip)
        else:
            peer.home.mkdir(parents=True)
            (peer.home / "package.json").write_text('{"private": true}\n')
            _run(
                "npm", "install", "--prefix", str(peer.home), "--no-audit", "--no-fund", "--ignore-scripts", *peer.npm
            )
        peer.installed.write_text(f"{wanted}\n", "utf-8")  # last: what was cut short is not there
    if peer.name == "transformers" and not (MODEL / "tiny.gguf").is_file():
        _run(str(peer.home / "bin" / "python"), str(HERE / "tiny.py"), str(MODEL))


def main() -> None:
    """Install the peers that the command line names."""
    for name in sys.argv[1:] or SMALL:
        if name not in peers():
            sys.exit(f"there is no peer {name}; there are {', '.join(peers())}")
        peer = peers()[peers()[name].inside or name]
        start = time.monotonic()
        install(peer)
        print(f"{peer.name} {peer.version}: {time.monotonic() - start:.0f} s, in {HOME / peer.name}")


if __name__ == "__main__":
    main()
