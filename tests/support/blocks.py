"""The fenced blocks of a page, as a reader sees them. What stands behind the opening fence says what a block is:

    sh       pasted into a shell         console  the same, with `$ ` before a command and what it prints below
    python   pasted into a file          json     what the last command of the block before prints
    text     nothing to paste
"""
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sh", "console", "python", "json", "text")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    kind: str
    text: str

    @property
    def where(self):
        return f"{self.page}:{self.line}"

    @property
    def begins(self):
        return self.text.split("\n", 1)[0]


def blocks_of(page, source=None):
    """In order. A fence that is never closed swallows the rest of the page, on the web as here."""
    found, opened = [], None
    lines = (source if source is not None else (ROOT / page).read_text()).split("\n")
    for number, line in enumerate(lines, 1):
        fence = re.match(r"\s*```(.*)$", line)
        if opened is None and fence:
            opened, kind, body = number, fence.group(1).strip(), []
        elif opened is not None and line.strip() == "```":
            found.append(Block(page, opened, kind, textwrap.dedent("\n".join(body))))
            opened = None
        elif opened is not None:
            body.append(line)
    assert opened is None, f"{page}:{opened}: the block is never closed"
    return found
