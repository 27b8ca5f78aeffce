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


class List(unittest.TestCase):
    def test_entries_are_read_and_others_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
            file.write("# Title\n- `a.cpp` `A::f` `if (x)`: because\n")
            file.flush()
            self.assertEqual(coverage.read_list(file.name), {("a.cpp", "A::f", "if (x)"): "because"})
            file.write("- `a.cpp` `if (x)`: \n")
            file.flush()
            self.assertRaises(ValueError, coverage.read_list, file.name)

    def test_both_an_unlisted_place_and_a_listed_one_that_is_reached_are_differences(self):
        one, other = ("a.cpp", "f", "x"), ("a.cpp", "f", "y")
        self.assertEqual(coverage.compare([(1, one)], {one: "because"}), 0)
        self.assertEqual(coverage.compare([(1, one)], {}), 1)
        self.assertEqual(coverage.compare([], {other: "because"}), 1)


class Names(unittest.TestCase):
    def test_functions_are_named_shortly(self):
        self.assertEqual(gcov.short_name("noodstop::core::Engine::Impl::take(noodstop::core::Look const&)"),
                         "Impl::take")
        self.assertEqual(gcov.short_name("std::vector<int> noodstop::core::(anonymous namespace)::f<int>(int) const"),
                         "core::f")


if __name__ == "__main__":
    unittest.main(buffer=True)
