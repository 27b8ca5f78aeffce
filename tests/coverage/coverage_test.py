#!/usr/bin/env python3
"""tools/coverage can fail: it tells what is unreached, nothing that is of no interest, and where its list is wrong."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coverage
import gcov
from unreached import Listed, read_list

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOURCE = """int f(int a) {
    if (a > 1)
        return g();
    std::string text = a > 0 ? "x" : "y";
    switch (a) {
        case 0:
            return 1;
    }
    return 0;
}
"""


def arc(count, throws=False):
    return {"count": count, "throw": throws, "fallthrough": False}


def line(number, count, *arcs):
    return {"line_number": number, "count": count, "branches": list(arcs), "function_name": "f"}


def file_of(*lines):
    report = {"current_working_directory": "/r", "files": [
        {"file": "/r/agent/core/f.cpp", "functions": [{"name": "f", "demangled_name": "noodstop::core::A::f(int)"}],
         "lines": list(lines)},
        {"file": "/usr/include/vector", "functions": [], "lines": [line(1, 0)]}]}
    files = gcov.lines_of([report], coverage.is_wanted, "/r")
    return coverage.File("agent/core/f.cpp", SOURCE, files["agent/core/f.cpp"])


def sources(file):
    return [key[2] for _, key in file.places()]


class Places(unittest.TestCase):
    def test_nothing_is_told_where_everything_was_reached(self):
        self.assertEqual(sources(file_of(line(1, 5), line(2, 5, arc(2), arc(3)), line(3, 2))), [])

    def test_a_run_of_unreached_lines_is_one_place(self):
        file = file_of(line(2, 5), line(3, 0), line(4, 0), line(9, 5))
        self.assertEqual(sources(file), ["return g();"])
        self.assertEqual(file.figures(), (2, 4, 0, 0))

    def test_an_outcome_that_never_came_is_told(self):
        file = file_of(line(2, 5, arc(5), arc(0)))
        self.assertEqual(file.places(), [(2, ("agent/core/f.cpp", "A::f", "if (a > 1)"))])
        self.assertEqual(file.figures(), (1, 1, 1, 2))

    def test_exceptions_and_what_runs_while_one_unwinds_are_left_out(self):
        self.assertEqual(sources(file_of(line(2, 5, arc(2), arc(3), arc(5), arc(0, throws=True), arc(0), arc(0)))), [])

    def test_a_switch_is_seen_by_the_lines_of_its_cases(self):
        self.assertEqual(sources(file_of(line(5, 5, arc(5), arc(0), arc(0)), line(7, 0))), ["return 1;"])

    def test_instances_of_a_template_count_together(self):
        self.assertEqual(sources(file_of(line(2, 1, arc(1), arc(0)), line(2, 1, arc(0), arc(1)))), [])


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "list.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.path.join(folder, "a_test.cpp"), "w", encoding="utf-8"):
            pass
        return read_list(path, folder)


class List(unittest.TestCase):
    def test_each_entry_has_the_reason_above_it(self):
        listed = read("# Title\nText.\n## a.cpp\nNever: one\nand more.\n- `a.cpp` `A::f` `if (x)`\n"
                      "Tested by a_test.cpp: two\n- `a.cpp` `A::f` `if (y)`\n"
                      "By luck, else tested by a_test.cpp: three\n- `a.cpp` `A::f` `if (z)`\n")
        self.assertEqual(listed, {("a.cpp", "A::f", "if (x)"): Listed("one", tested=False),
                                  ("a.cpp", "A::f", "if (y)"): Listed("two"),
                                  ("a.cpp", "A::f", "if (z)"): Listed("three", by_luck=True)})

    def test_entries_without_reason_or_test_are_refused(self):
        for text in ("- `a.cpp` `A::f` `if (x)`\n",
                     "Never: one\n## b.cpp\n- `a.cpp` `A::f` `if (x)`\n",
                     "Never: one\n- `a.cpp` `if (x)`\n",
                     "Never: one\n- `a.cpp` `A::f` `if (x)`\n- `a.cpp` `A::f` `if (x)`\n",
                     "Tested by gone_test.cpp: one\n"):
            self.assertRaises(ValueError, read, text)

    def test_what_differs_from_the_list_is_counted(self):
        key = ("a.cpp", "f", "x")
        here = [(1, key)]
        tested, never = {key: Listed("because")}, {key: Listed("because", tested=False)}
        lucky = {key: Listed("because", by_luck=True)}
        for unreached, untested, listed, differences in (
                (here, [], tested, 0), (here, here, never, 0), (here, [], lucky, 0), ([], [], lucky, 0),
                (here, [], {}, 1),  # not listed
                ([], [], tested, 1), ([], [], never, 1),  # reached
                (here, here, tested, 1), (here, here, lucky, 1),  # no test reaches it
                (here, [], never, 1)):  # tests do
            self.assertEqual(coverage.compare(unreached, untested, listed), differences)


class RealList(unittest.TestCase):
    def test_what_is_listed_stands_in_the_sources(self):
        gone = []
        for file, _, source in read_list(os.path.join(REPOSITORY, "tests/coverage/unreached.md"), REPOSITORY):
            with open(os.path.join(REPOSITORY, file), encoding="utf-8") as text:
                if source not in (line.strip() for line in text):
                    gone.append(f"{file}: {source}")
        self.assertEqual(gone, [], "Cure: tools/coverage tells what stands there now")


class Names(unittest.TestCase):
    def test_functions_are_named_shortly(self):
        self.assertEqual(gcov.short_name("noodstop::core::Engine::Impl::take(noodstop::core::Look const&)"),
                         "Impl::take")
        self.assertEqual(gcov.short_name("std::vector<int> noodstop::core::(anonymous namespace)::f<int>(int) const"),
                         "core::f")


if __name__ == "__main__":
    unittest.main(buffer=True)
