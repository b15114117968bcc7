"""Mechanical clean-ups of real kernel files, the kind of which every release has hundreds.

Each one is a rule applied to all its places in one file. A rule must leave a file that compiles; whether it changes
the object code is its own business.
"""
import hashlib
import re


class Cleanup:
    """Lines of one file to be replaced: {number from 0: new line}."""

    def __init__(self, key, path, subject, body, lines):
        self.key, self.path, self.subject, self.body, self.lines = key, path, subject, body, lines


class Rule:
    def __init__(self, name, pattern, replacement, subject, body, where="code"):
        self.name, self.pattern, self.replacement = name, re.compile(pattern), replacement
        self.subject, self.body, self.where = subject, body, where

    def apply(self, line):
        return self.pattern.sub(self.replacement, line)


MISSPELT = {"occured": "occurred", "seperate": "separate", "recieve": "receive", "recieved": "received",
            "accomodate": "accommodate", "neccessary": "necessary", "existant": "existent", "transfered": "transferred",
            "succesful": "successful", "successfull": "successful", "overriden": "overridden", "untill": "until",
            "wich": "which", "explicitely": "explicitly", "priviledge": "privilege", "definately": "definitely",
            "independant": "independent", "paramter": "parameter", "paramters": "parameters", "adress": "address",
            "alocate": "allocate", "begining": "beginning", "comming": "coming", "doesnt": "doesn't", "dont": "don't",
            "happend": "happened", "implemenation": "implementation", "initalize": "initialize", "lenght": "length",
            "managment": "management", "noticable": "noticeable", "occurence": "occurrence", "refered": "referred",
            "reseting": "resetting", "similiar": "similar", "supress": "suppress", "syncronize": "synchronize",
            "teh": "the", "threshhold": "threshold", "truely": "truly", "unecessary": "unnecessary", "usefull": "useful"}

RULES = [
    Rule("doubled", r"(?<![\w-])(the|is|to|of|a|and|in|that|be|we|for|it|if|on) \1(?![\w-])", r"\1",
         "remove a doubled word in a comment", "", "comment"),
    Rule("spelling", r"\b(" + "|".join(MISSPELT) + r")\b", lambda m: MISSPELT[m.group(1)],
         "fix a spelling mistake in a comment", "", "comment"),
    Rule("null", r"\(([\w.>\[\]-]+) == NULL\)", r"(!\1)", "fix comparisons to NULL",
         "checkpatch asks for \"!x\"."),
    Rule("notnull", r"\(([\w.>\[\]-]+) != NULL\)", r"(\1)", "drop comparisons to NULL",
         "A pointer is a condition of its own."),
    Rule("unsigned", r"\bunsigned (?=[a-z_]\w*(?:[;,) =\[]))(?!int\b|long\b|char\b|short\b|__)", "unsigned int ",
         "use 'unsigned int' instead of bare 'unsigned'", "checkpatch prefers the whole name."),
    Rule("pr_err", r"\bprintk\(KERN_ERR ", "pr_err(", "use pr_err()",
         "It is shorter and uses pr_fmt() where there is one."),
    Rule("pr_warn", r"\bprintk\(KERN_WARNING ", "pr_warn(", "use pr_warn()",
         "It is shorter and uses pr_fmt() where there is one."),
    Rule("pr_info", r"\bprintk\(KERN_INFO ", "pr_info(", "use pr_info()",
         "It is shorter and uses pr_fmt() where there is one."),
    Rule("octal", r"(?<![|] )(?<![|])\b(S_IRUGO \| S_IWUSR|S_IWUSR \| S_IRUGO|S_IRUSR \| S_IWUSR|S_IRUGO|S_IRUSR|S_IWUSR)\b(?! *\|)",
         lambda m: {"S_IRUGO": "0444", "S_IRUSR": "0400", "S_IWUSR": "0200",
                    "S_IRUSR | S_IWUSR": "0600"}.get(m.group(1), "0644"),
         "use octal permissions", "They are easier to read, says checkpatch."),
    Rule("seq_puts", r'\bseq_printf\((\w+), ("(?:[^"%\\]|\\.)*")\);', r"seq_puts(\1, \2);",
         "use seq_puts() for constant strings", "There is nothing to format."),
    Rule("strscpy", r"^(\t+)strlcpy\(", r"\1strscpy(", "use strscpy()",
         "strlcpy() reads the whole source and is on its way out. The result is not used here."),
    Rule("parens", r"\breturn \((\w+)\);", r"return \1;", "return is not a function",
         "Drop the parentheses around the value."),
    Rule("sizeof", r"\bmemset\(&(\w+), 0, sizeof\(struct \w+\)\)", r"memset(&\1, 0, sizeof(\1))",
         "use the variable in sizeof()", "It stays right if the type changes."),
    Rule("alloc", r"^(\t+)(\w+) = (k[mz]alloc)\(sizeof\((struct \w+)\), ", r"\1\2 = \3(sizeof(*\2), ",
         "use sizeof(*ptr) for allocations", "It stays right if the type changes."),
    Rule("trailing", r"[ \t]+$", "", "remove trailing white space", "", "any"),
    Rule("spacetab", r" +\t", "\t", "remove blanks before tabs", "", "indent"),
    Rule("cannot", r'("[^"%]*)\b[Cc]an\'t\b', lambda m: m.group(1) + "cannot", "write messages without contractions",
         "They are searched for, and \"can't\" is hard to quote."),
    Rule("unable", r'(\bpr_(?:err|warn|info)\("[^"]*)\bcould not\b', r"\1cannot", "say \"cannot\" in messages",
         "As the other messages of this kind do."),
]


def is_comment(line):
    text = line.lstrip()
    return text.startswith(("* ", "/* ", "// "))


def fits(rule, line):
    if rule.where == "any":
        return True
    if rule.where == "indent":
        return '"' not in line and not line.rstrip().endswith("\\")
    if line.rstrip().endswith("\\") or line.startswith("#"):
        return False
    return is_comment(line) == (rule.where == "comment")


def is_pointer_to(text, match):
    """Whether the variable of an allocation is declared in this file as a pointer to that very type."""
    return re.search(r"\b%s \*(?:\w+, ?\*)*%s\b" % (match.group(4), match.group(2)), text)


def find(path, text):
    """The clean-ups that `text`, the file at `path`, has room for. No two of them touch the same line."""
    lines = text.split("\n")
    taken = set()
    found = []
    for rule in RULES:
        changed = {}
        for number, line in enumerate(lines):
            if number in taken or not fits(rule, line):
                continue
            new = rule.apply(line)
            if rule.name == "alloc" and new != line and not is_pointer_to(text, rule.pattern.search(line)):
                continue
            if new != line:
                changed[number] = new
        if changed:
            taken.update(changed)
            area = path.rsplit(".", 1)[0].replace("drivers/", "", 1)
            found.append(Cleanup("%s:%s" % (rule.name, path), path, "%s: %s" % (area.replace("/", ": "), rule.subject),
                                 rule.body, changed))
    return found


def shuffled(found):
    """In an order that looks like none and is always the same."""
    return sorted(found, key=lambda cleanup: hashlib.sha1(cleanup.key.encode()).digest())
