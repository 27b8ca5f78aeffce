#!/usr/bin/env python3
"""The planted bugs fit the sources as they are, README.md tells of each of them, and tools/mutants says caught only of
what was seen."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import judges
import patches
import run
import table
import workplace

REPOSITORY = os.path.dirname(os.path.dirname(HERE))
SOURCE = "one\ntwo\nthree\nfour\none\ntwo\nfive\n"


def patch_of(diff, head="A sentence that says what is wrong.\nBreaks DESIGN.md 4.6, `>=` trips.\n"):
    return f"{head}\n--- a/source.cpp\n+++ b/source.cpp\n{diff}"


def applied(diff):
    """source.cpp with the bug."""
    with tempfile.TemporaryDirectory(prefix="noodstop-mutants-") as root:
        with open(os.path.join(root, "source.cpp"), "w", encoding="utf-8") as stream:
            stream.write(SOURCE)
        return patches.apply(patches.parse("01-a-bug.patch", patch_of(diff)), root)["source.cpp"][1]


def ran(output, code=1, hangs=False):
    return workplace.Ran(code, output, 1.25, hangs)


class PlantedBugs(unittest.TestCase):
    def test_there_are_forty_and_each_fits_the_sources_as_they_are(self):
        planted = patches.read_all(HERE)
        self.assertGreaterEqual(len(planted), 40)
        for patch in planted:
            with self.subTest(patch=patch.name):
                for file in patches.apply(patch, REPOSITORY):
                    self.assertRegex(file, "^(agent|tools/hub|platform/sqlite)/",
                                     "only what is proved here is planted with bugs")

    def test_readme_tells_of_exactly_these(self):
        with open(os.path.join(HERE, "README.md"), encoding="utf-8") as stream:
            rows = table.read(stream.read())
        self.assertEqual(sorted(rows), [patch.name for patch in patches.read_all(HERE)],
                         "tools/mutants writes the table anew")


class Patches(unittest.TestCase):
    def test_a_hunk_replaces_its_lines(self):
        self.assertEqual(applied("@@ -3,2 +3,2 @@\n three\n-four\n+4\n"), SOURCE.replace("four", "4"))

    def test_lines_may_have_moved(self):
        self.assertEqual(applied("@@ -103,2 +103,2 @@\n three\n-four\n+4\n"), SOURCE.replace("four", "4"))

    def test_hunks_that_follow_each_other_are_all_applied(self):
        self.assertEqual(applied("@@ -3,1 +3,1 @@\n-three\n+3\n@@ -7,1 +7,0 @@\n-five\n"),
                         SOURCE.replace("three", "3").replace("five\n", ""))

    def test_lines_that_are_gone_or_stand_twice_are_an_error(self):
        for diff in ("@@ -3,1 +3,1 @@\n-seven\n+7\n", "@@ -1,2 +1,2 @@\n one\n-two\n+2\n"):
            with self.assertRaises(patches.Unusable):
                applied(diff)

    def test_a_patch_of_a_file_that_is_gone_is_an_error(self):
        with tempfile.TemporaryDirectory(prefix="noodstop-mutants-") as root, self.assertRaises(patches.Unusable):
            patches.apply(patches.parse("01-a-bug.patch", patch_of("@@ -1 +1 @@\n-one\n+1\n")), root)

    def test_a_patch_must_say_what_it_breaks_and_break_something(self):
        diff = "@@ -3,1 +3,1 @@\n-three\n+3\n"
        self.assertEqual(patches.parse("01-a-bug.patch", patch_of(diff)).rule, "DESIGN.md 4.6, `>=` trips.")
        for name, text in (("a-bug.patch", patch_of(diff)), ("01-a-bug.patch", patch_of(diff, "A bug.\n")),
                           ("01-a-bug.patch", patch_of("@@ -3,1 +3,1 @@\n three\n")),
                           ("01-a-bug.patch", "A sentence that says what is wrong.\nBreaks DESIGN.md 4.6.\n")):
            with self.assertRaises(patches.Unusable):
                patches.parse(name, text)


class Judges(unittest.TestCase):
    def test_scenarios_that_failed_are_named(self):
        line = "tests/scenario/scenario_test.cpp:58: ERROR: tests/scenario/{}.txt: line 5\n"
        self.assertEqual(judges.Scenarios().read(ran(line.format("4.6-confirm"))),
                         judges.Finding("scenario 4.6-confirm", "1.2 s"))
        many = "".join(line.format(name) for name in "abcde")
        self.assertEqual(judges.Scenarios().read(ran(many)).by, "scenario a, b, c and 2 more")

    def test_scenarios_that_pass_saw_nothing(self):
        self.assertEqual(judges.Scenarios().read(ran("all passed", code=0)).by, "")

    def test_a_crash_and_a_hang_are_seen_and_called_so(self):
        self.assertEqual(judges.Scenarios().read(ran("", code=-11)).by, "the scenarios: ends by signal 11")
        self.assertIn("hangs", judges.Scenarios().read(ran("", code=-9, hangs=True)).by)
        self.assertIn("signal 6", judges.Simulation(100).read(ran("", code=-6)).by)
        self.assertIn("hangs", judges.Simulation(100).read(ran("", code=-9, hangs=True)).by)


    def test_a_bug_of_the_channel_is_judged_by_the_tests_and_the_simulation_of_the_channel(self):
        diff = "@@ -3,1 +3,1 @@\n-three\n+3\n"
        of_path = patches.parse("01-a-bug.patch", patch_of(diff).replace("source.cpp", "agent/core/engine.cpp"))
        of_hub = patches.parse("01-a-bug.patch", patch_of(diff).replace("source.cpp", "tools/hub/take.cpp"))
        self.assertTrue(judges.Scenarios().concerns(of_path) and judges.Simulation(1).concerns(of_path))
        self.assertFalse(judges.Scenarios().concerns(of_hub) or judges.Uplink(1).concerns(of_path))
        self.assertTrue(judges.Uplink(1).concerns(of_hub) and judges.Tests("test_uplink").concerns(of_hub))

    def test_what_saw_a_bug_of_the_channel_is_named(self):
        case = "a.cpp:3:\nTEST CASE:  a cursor moves\n\na.cpp:9: ERROR: CHECK( 1 == 2 ) is NOT correct!\n"
        self.assertEqual(judges.Tests("test_journal").read(ran(case)).by, "test_journal: a cursor moves")
        life = "seed 7: facts: fact-3 is twice\n3 seeds, 1 failed, 2.0 seeds/s\n"
        self.assertEqual(judges.Uplink(100).read(ran(life)),
                         judges.Finding("uplink: facts, seed 7", "3 seeds, 1.2 s", "fact-3 is twice"))
        self.assertEqual(judges.Uplink(100).read(ran("100 seeds, 0 failed, 2.0 seeds/s", code=0)).by, "")


class Place:
    """A workplace with one source, whose builds come out as told."""

    def __init__(self, tree, problem=""):
        self.tree, self.problem, self.texts = tree, problem, []

    def has_target(self, name):
        return name == "test_scenario"

    def build(self, targets, jobs):
        return self.problem

    def put(self, texts):
        self.texts.append(texts["source.cpp"])

    def run(self, program, arguments, processor_seconds_max):
        return ran("", code=0)


class Verdicts(unittest.TestCase):
    def verdict(self, diff, problem=""):
        with tempfile.TemporaryDirectory(prefix="noodstop-mutants-") as tree:
            with open(os.path.join(tree, "source.cpp"), "w", encoding="utf-8") as stream:
                stream.write(SOURCE)
            self.place = Place(tree, problem)
            return run.try_bug(self.place, patches.parse("01-a-bug.patch", patch_of(diff)), [judges.Scenarios()],
                               keep=False).word

    def test_a_bug_that_nobody_sees_survives_and_is_taken_out_again(self):
        self.assertEqual(self.verdict("@@ -3 +3 @@\n-three\n+3\n"), "SURVIVES")
        self.assertEqual(self.place.texts, [SOURCE.replace("three", "3"), SOURCE])

    def test_one_that_does_not_apply_or_not_build_is_an_error_and_not_caught(self):
        self.assertEqual(self.verdict("@@ -3 +3 @@\n-seven\n+7\n"), "ERROR")
        self.assertEqual(self.verdict("@@ -3 +3 @@\n-three\n+3\n", problem="error: no"), "ERROR")
        self.assertEqual(self.place.texts[-1], SOURCE)


@unittest.skipUnless(workplace.isolation_works(), "no process namespaces here")
class Isolation(unittest.TestCase):
    def run_script(self, script, processor_seconds_max=60):
        with tempfile.TemporaryDirectory(prefix="noodstop-mutants-") as folder:
            place = workplace.Workplace(folder)
            os.makedirs(place.tree)
            os.makedirs(os.path.join(place.build_folder, "bin"))
            program = os.path.join(place.build_folder, "bin", "mutant")
            with open(program, "w", encoding="utf-8") as stream:
                stream.write("#!/bin/sh\n" + script)
            os.chmod(program, 0o755)
            return place.run("mutant", [], processor_seconds_max)

    def test_it_sees_no_process_but_its_own(self):
        seen = self.run_script("echo /proc/[0-9]*\nkill -0 1 && echo $PPID\n").output.split()
        self.assertLessEqual(len(seen), 3)
        self.assertEqual(seen[-1], "1")

    def test_signals_to_all_and_to_its_own_group_reach_nobody_else(self):
        self.assertEqual(self.run_script("trap '' TERM\nkill -TERM -1 0\nexit 3").code, 3)
        with self.assertRaises(workplace.NoEnd):
            self.run_script("kill -KILL -1 0\nkill -KILL $$")

    def test_its_end_is_told(self):
        self.assertEqual(self.run_script("exit 3").code, 3)
        self.assertEqual(self.run_script("kill -SEGV $$").code, -11)

    def test_one_that_hangs_is_ended(self):
        hung = self.run_script("trap '' TERM INT\nwhile :; do :; done\n", processor_seconds_max=1)
        self.assertTrue(hung.hangs)


class Table(unittest.TestCase):
    def test_rows_are_written_between_the_marks_and_read_again(self):
        patch = patches.parse("01-a-bug.patch", patch_of("@@ -3,1 +3,1 @@\n-three\n+3\n"))
        row = table.row(patch, judges.Finding("scenario a|b", "1.2 s"))
        text = table.write("# Bugs\n" + table.BEGIN + "old\n" + table.END + "after\n", [row])
        self.assertEqual(table.read(text), {"01-a-bug": row})
        self.assertTrue(text.startswith("# Bugs\n") and text.endswith("after\n") and "old" not in text)
        self.assertIn("a\\|b", row)

    def test_who_survives_is_told_in_bold(self):
        patch = patches.parse("01-a-bug.patch", patch_of("@@ -3,1 +3,1 @@\n-three\n+3\n"))
        self.assertIn(table.SURVIVES, table.row(patch, judges.Finding("", "20000 seeds, 9.0 s")))


class Workplace(unittest.TestCase):
    def test_the_copy_becomes_equal_and_what_is_equal_keeps_its_time(self):
        with tempfile.TemporaryDirectory(prefix="noodstop-mutants-") as folder:
            repository, tree = os.path.join(folder, "from"), os.path.join(folder, "to")
            for root, texts in ((repository, {"a": "1", "b": "2"}), (tree, {"a": "1", "b": "bug", "c": "3"})):
                os.makedirs(os.path.join(root, "agent"))
                for name, text in texts.items():
                    path = os.path.join(root, "agent", name)
                    with open(path, "w", encoding="utf-8") as stream:
                        stream.write(text)
                    os.utime(path, (1000, 1000))
            workplace.copy_sources(repository, tree)
            copy = os.path.join(tree, "agent")
            self.assertEqual(sorted(os.listdir(copy)), ["a", "b"])
            self.assertEqual(os.stat(os.path.join(copy, "a")).st_mtime, 1000)
            self.assertGreater(os.stat(os.path.join(copy, "b")).st_mtime, 1000)


if __name__ == "__main__":
    unittest.main()
