"""Files that grow over the history: one text with all versions in it.

A line "@if EXPR" begins lines that are only there when EXPR holds for the set of applied changes; "@elif EXPR", "@else"
and "@end" go with it. EXPR is keys with "!", "&&" and "||" ("&&" binds tighter). "@" lines may be indented.
"""


def holds(expression, applied):
    def literal(word):
        word = word.strip()
        return word[1:] not in applied if word.startswith("!") else word in applied

    return any(all(literal(word) for word in part.split("&&")) for part in expression.split("||"))


def render(text, applied):
    """The version of `text` that has the changes in the set `applied`."""
    out = []
    stack = []  # of [this branch is on, some branch was on, the surroundings are on]
    for line in text.splitlines(keepends=True):
        word, _, rest = line.strip().partition(" ")
        on = stack[-1][0] if stack else True
        if word == "@if":
            stack.append([on and holds(rest, applied), holds(rest, applied), on])
        elif word == "@elif":
            _, taken, outer = stack[-1]
            stack[-1] = [outer and not taken and holds(rest, applied), taken or holds(rest, applied), outer]
        elif word == "@else":
            _, taken, outer = stack[-1]
            stack[-1] = [outer and not taken, True, outer]
        elif word == "@end":
            stack.pop()
        elif on:
            out.append(line)
    if stack:
        raise ValueError("@if without @end")
    return "".join(out)


def keys(text):
    """All keys that occur in `text`."""
    found = set()
    for line in text.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word in ("@if", "@elif"):
            found.update(w.strip().lstrip("!") for part in rest.split("||") for w in part.split("&&"))
    return found
