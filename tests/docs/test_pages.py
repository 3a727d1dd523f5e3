"""README and docs, from top to bottom, as a reader pastes them."""
import subprocess

import pytest
from blocks import KINDS, ROOT, blocks_of
from pages import PAGES
from terminal import Trouble


def pages():
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    # Facts about others' software, with their sources; nobody pastes from there
    return [page for page in listed if not page.startswith("docs/facts/")]


def test_every_page_has_its_row():
    assert sorted(PAGES) == sorted(pages())


@pytest.mark.parametrize("page", pages())
def test_every_block_says_what_it_is(page):
    assert [block.where for block in blocks_of(page) if block.kind not in KINDS] == []


@pytest.mark.parametrize("page", pages())
def test_every_block_has_its_row(page):
    blocks, rows = blocks_of(page), PAGES[page]
    strangers = [f"{block.where}: {block.begins}" for block, row in zip(blocks, rows) if not block.begins.startswith(row.begins)]
    assert strangers == []
    assert [block.where for block in blocks[len(rows):]] == [] and len(rows) == len(blocks)


@pytest.mark.parametrize("page", [page for page in sorted(PAGES) if PAGES[page]])
def test_every_block_works(page, reader):
    for block, row in zip(blocks_of(page), PAGES[page]):
        try:
            row.run(reader, block)
        except AssertionError as why:
            raise Trouble(f"{block.where} ({block.begins}): {why}") from None
