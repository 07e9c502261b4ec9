"""Say which part of the command line's contract a test proves.

Each item is a word for what kind of part it is and the names of one or more of them:

| item | parts |
| --- | --- |
| `enqueue`, `job output --run --follow` | a command; or flags of a command (`queuectl --db`: of the program itself) |
| `in priority run_at` | keys of a job in JSON that is enqueued |
| `json:job id state`, `json:run attempt`, … | keys of JSON output (`contract.KEYS`) |
| `state dead`, `outcome timeout`, … | values of a key that takes one of a few (`contract.VALUES`) |
| `setting backoff_base` | a key of the configuration |
| `exit 0 124` | exit codes |

`test_coverage.py` reads them from the source of the tests, so that every part is known to have one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


def covers(*items: str) -> Callable[[Test], Test]:
    """Note that the test fails when any one of these parts does nothing."""
    assert items
    return lambda test: test
