#!/usr/bin/python3
"""Tests of what makes the demo tree, without the kernel's sources."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import cleanups  # noqa: E402
import history  # noqa: E402
import layout  # noqa: E402
import template  # noqa: E402


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def cleaned(line):
    """`line` after every clean-up there is for it."""
    for cleanup in cleanups.find("lib/x.c", line):
        line = cleanup.lines.get(0, line)
    return line


class Template(unittest.TestCase):
    TEXT = "a\n@if x && !y\nb\n@elif y\nc\n@else\nd\n@end\n"

    def test_a_version_has_the_lines_of_its_changes(self):
        self.assertEqual(template.render(self.TEXT, {"x"}), "a\nb\n")
        self.assertEqual(template.render(self.TEXT, {"x", "y"}), "a\nc\n")
        self.assertEqual(template.render(self.TEXT, set()), "a\nd\n")

    def test_an_if_inside_one_that_does_not_hold_is_left_out(self):
        self.assertEqual(template.render("@if x\n@if !x\na\n@else\nb\n@end\n@end\n", set()), "")

    def test_or_binds_weaker_than_and(self):
        self.assertTrue(template.holds("a && b || c", {"c"}))
        self.assertFalse(template.holds("a && b || c", {"a"}))


class Cleanups(unittest.TestCase):
    def test_code_is_cleaned(self):
        self.assertEqual(cleaned("\tif (p->next == NULL)"), "\tif (!p->next)")
        self.assertEqual(cleaned("\tunsigned flags;"), "\tunsigned int flags;")
        self.assertEqual(cleaned("\treturn (ret);"), "\treturn ret;")
        self.assertEqual(cleaned('\tseq_printf(m, "done\\n");'), '\tseq_puts(m, "done\\n");')

    def test_code_that_looks_alike_stays(self):
        for line in ("\tunsigned long flags;", "\treturn (a + b);", '\tseq_printf(m, "%d", 1);', "#define X unsigned y;",
                     "\tx = strlcpy(a, b, n);", "\tp = kzalloc(sizeof(struct foo), GFP_KERNEL);"):
            self.assertEqual(cleaned(line), line)

    def test_comments_are_only_cleaned_as_comments(self):
        self.assertEqual(cleaned(" * of the the list"), " * of the list")
        self.assertEqual(cleaned(" * if (x == NULL)"), " * if (x == NULL)")


class Plan(unittest.TestCase):
    def setUp(self):
        def fakes():
            for i in range(1000):
                yield cleanups.Cleanup("fake:%d" % i, "lib/x.c", "lib: x: clean", "", {})

        tree = os.path.join(HERE, "tree")
        texts = [read(os.path.join(d, name)) for d, _, names in os.walk(tree) for name in names]
        self.keys = {key for text in texts for key in template.keys(text)}
        self.plan = history.Plan(read("history.txt"), read("commits.txt"), fakes(), self.keys)

    def test_the_history_is_as_long_and_as_branched_as_promised(self):
        self.assertGreaterEqual(len(self.plan.commits), 250)
        self.assertGreaterEqual(sum(len(c.parents) > 1 for c in self.plan.commits), 12)
        self.assertGreaterEqual(sum(c.title in self.keys for c in self.plan.commits), 60)

    def test_every_branch_is_merged(self):
        self.assertEqual(list(self.plan.heads), ["main"])

    def test_every_commit_is_signed_and_later_than_its_parents(self):
        for commit in self.plan.commits[1:]:
            self.assertTrue(len(commit.parents) > 1 or "Signed-off-by: " in commit.message)
            self.assertLess(max(parent.stamp for parent in commit.parents), commit.stamp)

    def test_the_comment_only_commit_keeps_every_line_number(self):
        text = read("tree/drivers/misc/msgring.c")
        after = next(c.changes for c in self.plan.commits if c.title == "overtaken-reworded")
        before = template.render(text, after - {"overtaken-reworded"}).split("\n")
        changed = [pair for pair in zip(before, template.render(text, after).split("\n")) if pair[0] != pair[1]]
        self.assertEqual(len(before), len(template.render(text, after).split("\n")))
        self.assertTrue(changed and all(line.strip().startswith("/*") for pair in changed for line in pair))


class Layout(unittest.TestCase):
    def test_build_files_stay_and_foreign_sources_go(self):
        self.assertTrue(layout.kept("arch/arm/crypto/Kconfig"))
        self.assertTrue(layout.kept("arch/x86/boot/main.c"))
        self.assertFalse(layout.kept("arch/arm/mm/init.c"))
        self.assertFalse(layout.kept("drivers/gpu/drm/drm_drv.c"))


if __name__ == "__main__":
    unittest.main()
