"""Answers with one member taken out, doubled, of another type, or null: as text, since a doubled member is no Python object."""
import json

KINDS = ("out", "double", "retype", "null")
OTHER_TYPE = {str: "7", int: '"7"', float: '"7"', bool: '"true"', dict: "[]", list: "{}", type(None): "{}"}


def members(value, path=(), depth=3):
    """The paths of all members, outermost first; of a list, its first element's."""
    if depth == 0:
        return
    if isinstance(value, dict):
        for name in value:
            yield path + (name,)
        for name, inner in value.items():
            yield from members(inner, path + (name,), depth - 1)
    elif isinstance(value, list) and value:
        yield from members(value[0], path + (0,), depth)


def text(value, path=None, kind=None):
    """JSON, with the member at `path` spoilt."""
    if not path:
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ",".join(text(v, path[1:] if i == path[0] else None, kind) for i, v in enumerate(value)) + "]"
    parts = []
    for name, inner in value.items():
        here = json.dumps(name) + ":" + text(inner, path[1:] if name == path[0] and len(path) > 1 else None, kind)
        if name != path[0] or len(path) > 1:
            parts.append(here)
        elif kind == "double":
            parts += [here, here]
        elif kind == "retype":
            parts.append(json.dumps(name) + ":" + OTHER_TYPE[type(inner)])
        elif kind == "null":
            parts.append(json.dumps(name) + ":null")
    return "{" + ",".join(parts) + "}"
