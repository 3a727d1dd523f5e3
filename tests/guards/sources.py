"""Reading the sources for the guards. Whatever finds nothing to read fails: see found()."""
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build"))


def found(things):
    """A check that cannot find what it checks must not report success."""
    things = list(things)
    assert things, "the guard found nothing to check"
    return things


def tracked(*suffixes):
    """Files of the project, as git knows them; in an unpacked archive, everything that is not built."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                             cwd=ROOT, capture_output=True, text=True)
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.split("\0")[:-1]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if not re.match(r"(build|dist|demo-run|\.git/|node_modules)",
                                 str(path.relative_to(ROOT)))]
    return found(name for name in names
                 if (ROOT / name).is_file() and (not suffixes or name.endswith(suffixes)))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def c_sources(*folders):
    """C files below these folders, or everywhere."""
    return found(name for name in tracked(".c", ".h")
                 if not folders or name.startswith(tuple(folder + "/" for folder in folders)))


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(code):
    """Comments blanked out, lines and columns kept. Strings stay."""
    pattern = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*'
    return re.sub(pattern, lambda m: m.group(0) if m.group(0)[0] in "\"'" else blank(m), code, flags=re.S)


def without_strings(code):
    """The contents of string literals blanked out; the quotes stay."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: '"' + " " * (len(m.group(0)) - 2) + '"', code)


def functions(code):
    """(name, first line, number of lines) of each function. Rests on the house style, which lint holds:
    a body opens and closes with a brace in column 0."""
    lines = without_comments(code).split("\n")
    head, opened = None, None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            opened = number
        elif line.startswith("}") and opened:
            signature = " ".join(lines[head - 1:opened - 1])
            name = re.search(r"(\w+)\s*\(", signature)
            if name and "=" not in signature:
                test = re.match(r"START_TEST\((\w+)\)", signature)
                yield (test or name).group(1), head, number - head + 1
            head = opened = None
        elif not opened:
            if re.match(r"[A-Za-z_]", line) and head is None:
                head = number
            elif not line.strip() or line.rstrip().endswith((";", "}")) or line.startswith("#"):
                head = None


def calls(code, names):
    """(line, name, [arguments]) of each call of one of these functions; comments already removed."""
    for match in re.finditer(r"\b(%s)\s*\(" % "|".join(names), code):
        depth, start, arguments, quoted, at = 1, match.end(), [], False, match.end()
        while depth and at < len(code):
            char = code[at]
            if quoted:
                at += char == "\\"
                quoted = char != '"'
            elif char == '"':
                quoted = True
            elif char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
            if not quoted and ((char == "," and depth == 1) or depth == 0):
                arguments.append(code[start:at].strip())
                start = at + 1
            at += 1
        yield code.count("\n", 0, match.start()) + 1, match.group(1), arguments
