"""What runs the blocks must notice a block that does not work."""
import pytest
from blocks import blocks_of
from terminal import Terminal, Trouble, is_as_shown, same_shape

ASKS = "python3 -c 'import sys; sys.stderr.write(\"Sure? [y/N] \"); sys.stderr.flush(); print(\"got\", input())'"


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path / "terminal", tmp_path, "/usr/bin:/bin")
    yield terminal
    terminal.close()


@pytest.mark.parametrize("block", ["false\necho on", "false | cat", "no-such-command", "cd nowhere"])
def test_a_command_that_fails_fails_the_block(terminal, block):
    with pytest.raises(Trouble):
        terminal.paste(block)


def test_folder_and_variables_outlive_a_block(terminal, tmp_path):
    (tmp_path / "below").mkdir()
    terminal.paste('cd below\nword="two $HOME words"')
    assert terminal.paste('pwd; echo "[$word]"').splitlines() == [str(tmp_path / "below"), f"[two {terminal.variables['HOME']} words]"]


def test_a_question_is_answered_where_the_row_says_so(terminal):
    assert "got y" in terminal.paste(ASKS, answers=["y"])
    for answers in ([], ["y", "y"]):
        with pytest.raises(Trouble):
            terminal.paste(ASKS, answers=answers)


def test_a_question_with_lines_pasted_behind_it_fails_the_block(terminal):
    with pytest.raises(Trouble, match="taken for the answer"):
        terminal.paste(ASKS + "\necho on", answers=["y"])


def test_what_stays_must_stay(terminal):
    assert "ready" in terminal.paste("echo ready\nsleep 60", until="ready")
    with pytest.raises(Trouble):
        terminal.paste("echo over", until="ready")


@pytest.mark.parametrize("printed, wrong", [
    ('{"a": 7, "b": [{"c": "y"}], "more": 1}', 0), ('{"a": "7", "b": [{"c": "y"}]}', 1), ('{"a": 7, "b": []}', 1),
    ('{"a": 7, "b": [{}]}', 1), ("{}", 2)])
def test_an_answer_has_the_shape_that_is_shown(printed, wrong):
    assert len(same_shape('{"a": 1, "b": [{"c": "x"}]}', printed)) == wrong


def test_an_output_is_as_shown_but_for_what_is_left_open():
    shown = 'ready at http://127.0.0.1:1\nID = "ab…"\n'
    assert is_as_shown(shown, 'ready at http://127.0.0.1:34567\nID = "xyz"\n')
    assert not is_as_shown(shown, 'ready at http://127.0.0.1:34567\nNAME = "xyz"\n')
    assert not is_as_shown(shown, "ready at http://127.0.0.1:34567\n")


def test_blocks_are_found_with_their_lines_and_kinds():
    page = "a\n```sh\none\ntwo\n```\n- b\n  ```text\n  three\n  ```\n"
    assert [(block.line, block.kind, block.text) for block in blocks_of("x.md", page)] == [
        (2, "sh", "one\ntwo"), (7, "text", "three")]
    with pytest.raises(AssertionError):
        blocks_of("x.md", "```sh\none\n")
