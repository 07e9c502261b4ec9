"""A damaged file, whatever the command: it says so, or does its work, and a look makes nothing worse."""

from __future__ import annotations

from random import Random

import pytest

from tests.cli.test_contract_every_command import CALLS, LOOKS
from tests.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

#: What would wait for workers that cannot work.
_AT_MOST = {"run": ["--wait-timeout", "1s"], "wait": ["--timeout", "1s"]}


def damaged(content: bytes, kind: str, random: Random) -> bytes:
    damage = bytearray(content)
    pages = len(damage) // 4096
    if kind == "flips":
        # Not where the schema begins: then every command would fail alike.
        for _ in range(pages):
            damage[random.randrange(4096, len(damage))] ^= 1 << random.randrange(8)
    elif kind == "noise":
        for page in random.sample(range(1, pages), pages // 2):
            damage[page * 4096 : page * 4096 + 4096] = random.randbytes(4096)
    else:
        del damage[random.randrange(4096, len(damage)) :]
    return bytes(damage)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["flips", "noise", "truncated"])
def test_every_command(program: Program, kind: str, seed: int) -> None:
    """Each ends by itself with a result or a reason, never an error of its own; what only reads leaves the file."""
    program.enqueue_all([{"command": f"echo {n}", "tags": ["night"]} for n in range(20)] + [{"command": "false"}])
    program.drain("--max-jobs", "21")
    program.enqueue_all([{"id": f"far{n}", "command": f"echo waits {n}", "priority": n} for n in range(300)])
    content = damaged(program.db.read_bytes(), kind, Random(seed))
    program.db.write_bytes(content)
    for words, _ in LOOKS:
        ends(program, words)
    assert program.db.read_bytes() == content
    for path, args in CALLS:
        ends(program, [*path.split(), *args])


def ends(program: Program, words: list[str]) -> None:
    done = program.run(*words, *_AT_MOST.get(words[0], []))
    assert done.returncode in (0, 1, 124), (words, done)
    assert "internal error" not in done.stderr, (words, done.stderr)
    assert "Traceback" not in done.stderr, (words, done.stderr)
    assert done.returncode == 0 or done.stderr or words[0] == "doctor", (words, done)
