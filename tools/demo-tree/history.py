"""The plan of the history: commits in the order in which they are made, each a set of changes on its parents."""
import hashlib

import template

# Names are made up.
PEOPLE = ["Maren Holt", "Teodor Vasile", "Ines Aldana", "Kofi Mensah", "Ruta Kazlauskas", "Henrik Solberg", "Yuki Tanabe",
          "Priya Raghunath", "Owen Pritchard", "Lucia Ferrante", "Stefan Brandl", "Amara Diallo", "Nikolai Orlov", "Jana Novotna"]
MAINTAINER = PEOPLE[0]
BEGIN = 1673859600  # 2023-01-16 09:00 UTC


class Commit:
    def __init__(self, mark, parents, changes, title, author, stamp, message):
        self.mark, self.parents, self.changes, self.title = mark, parents, changes, title
        self.author, self.stamp, self.message = author, stamp, message


def address(name):
    return "%s <%s@example.org>" % (name, name.lower().replace(" ", "."))


def number(text, below):
    """A number that looks random and is always the same for `text`."""
    return int.from_bytes(hashlib.sha1(text.encode()).digest()[:6], "big") % below


def read_sections(text):
    """{key: [lines]} of a file with "[key] rest" headings; the heading's rest is the first line."""
    sections = {}
    lines = None
    for line in text.split("\n"):
        if line.startswith("#") and lines is None:
            continue
        if line.startswith("["):
            key, _, rest = line[1:].partition("]")
            lines = sections.setdefault(key, [])
            lines.append(rest.strip())
        elif lines is not None:
            lines.append(line)
    return sections


class Plan:
    """Reads history.txt. `commits` in order, `tags` as {name: mark}, `broken` etc. by name of their key."""

    def __init__(self, script, messages, cleanups, driver_keys):
        self.messages = {key: "\n".join(lines).strip() for key, lines in read_sections(messages).items()}
        self.cleanups = list(cleanups)
        self.commits, self.tags, self.forks = [], {}, {}
        self.heads = {"main": None}
        self.branch, self.stamp = "main", BEGIN
        for line in script.splitlines():
            self.step(line.split(" ", 2)) if line and not line.startswith("#") else None
        unknown = driver_keys - {key for commit in self.commits for key in commit.changes}
        if unknown:
            raise ValueError("never applied: " + " ".join(sorted(unknown)))

    def head(self):
        return self.heads[self.branch]

    def step(self, words):
        verb = words[0]
        if verb == "tag":
            if not self.commits:
                self.add("import", [], set(), "", MAINTAINER)
            self.tags[words[1]] = self.head().mark
        elif verb == "auto":
            for _ in range(int(words[1])):
                self.clean()
        elif verb == "c":
            for key in " ".join(words[1:]).split():
                self.change(key)
        elif verb == "branch":
            self.heads[words[1]] = self.head()
            self.branch = words[1]
        elif verb == "on":
            self.branch = words[1]
        elif verb == "merge":
            other = self.heads.pop(words[1])
            self.add("merge:" + words[1], [self.head(), other], self.head().changes | other.changes, words[2], MAINTAINER)
        else:
            raise ValueError("history.txt: " + " ".join(words))

    def clean(self):
        cleanup = self.cleanups.pop(0)
        text = cleanup.subject + ("\n\n" + cleanup.body if cleanup.body else "")
        self.add(cleanup.key, [self.head()], self.head().changes | {cleanup.key}, text)

    def change(self, key):
        author = MAINTAINER if number(key, 3) else None
        self.add(key, [self.head()], self.head().changes | {key}, self.messages[key], author)

    def add(self, title, parents, changes, text, author=None):
        author = author or PEOPLE[number(title, len(PEOPLE))]
        self.stamp += 1800 + number("when " + title, 2 * 24 * 3600)
        commit = Commit(len(self.commits) + 1, parents, frozenset(changes), title, author, self.stamp,
                        self.sign(title, text, author, len(parents)))
        self.commits.append(commit)
        self.heads[self.branch] = commit

    @staticmethod
    def sign(title, text, author, parents):
        if parents > 1:
            return text + "\n"
        tags = ["Signed-off-by: " + address(author)]
        if number("review " + title, 3) == 0:
            reviewer = PEOPLE[number("who " + title, len(PEOPLE))]
            if reviewer not in (author, MAINTAINER):
                tags.insert(0, "Reviewed-by: " + address(reviewer))
        if author != MAINTAINER:
            tags.append("Signed-off-by: " + address(MAINTAINER))
        return text + "\n\n" + "\n".join(tags) + "\n"


class Content:
    """Files as they are after a set of changes."""

    def __init__(self, originals, templates, edits, cleanups):
        self.originals, self.templates = originals, templates
        self.cleanups = {}
        for cleanup in cleanups:
            self.cleanups.setdefault(cleanup.path, []).append(cleanup)
        self.edits = {}
        for key, path, old, new in edits:
            self.edits.setdefault(path, []).append((key, old, new))

    def touched(self, changes):
        """The paths that at least one of `changes` concerns."""
        paths = {path for path, edits in self.edits.items() if any(key in changes for key, _, _ in edits)}
        paths |= {path for path, cleanups in self.cleanups.items() if any(c.key in changes for c in cleanups)}
        return paths | {path for path, text in self.templates.items() if changes & (template.keys(text) | {"first"})}

    def file(self, path, changes):
        """The text, or None if the file is not there yet."""
        if path in self.templates:
            return template.render(self.templates[path], changes) if "first" in changes else None
        lines = self.originals[path].split("\n")
        for cleanup in self.cleanups.get(path, []):
            if cleanup.key in changes:
                for at, line in cleanup.lines.items():
                    lines[at] = line
        text = "\n".join(lines)
        for key, old, new in self.edits.get(path, []):
            if key in changes:
                if text.count(old) != 1:
                    raise ValueError("%s: the text that '%s' replaces is there %d times" % (path, key, text.count(old)))
                text = text.replace(old, new)
        return text


def read_edits(text):
    """[(key, path, old, new)] of edits.txt."""
    edits = []
    for block in text.split("\n["):
        heading, _, rest = block.partition("\n")
        if "]" not in heading or "====" not in rest:
            continue
        key, _, path = heading.partition("]")
        old, _, new = rest.partition("====\n")
        edits.append((key.lstrip("["), path.strip(), old, new[:new.index("\n.") + 1] if not new.startswith(".") else ""))
    return edits
