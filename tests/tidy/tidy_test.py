#!/usr/bin/env python3
"""Tries tools/tidy on small bad samples: each ban fires, and names its cure."""
import contextlib
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.path.join(HERE, "..", "..", "tools", "tidy")
sys.path[:0] = [TOOL, HERE]

import documents
import includes
import samples
import sizes
import sources
import words


@contextlib.contextmanager
def tree_with(files):
    """A repository with these files (path: text)."""
    with tempfile.TemporaryDirectory(prefix="noodstop-tidy-") as folder:
        for path, text in files.items():
            whole = os.path.join(folder, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as stream:
                stream.write(text)
        yield sources.Tree(folder)


def problems(check, files):
    with tree_with(files) as tree:
        return [str(finding) for finding in check(tree)]


def function_of(lines):
    return "void f() {\n" + "    g();\n" * (lines - 2) + "}\n"


class Words(unittest.TestCase):
    def test_every_ban_has_a_sample(self):
        self.assertEqual(sorted(samples.WORDS), sorted(ban.name for ban in words.BANS))

    def test_every_ban_fires_and_names_its_cure(self):
        for ban in words.BANS:
            path, bad, _, _ = samples.WORDS[ban.name]
            found = [line for line in problems(words.check, {path: bad}) if f"({ban.name})" in line]
            self.assertEqual(len(found), 1, ban.name)
            self.assertIn(f"Cure: {ban.cure}", found[0])

    def test_no_ban_fires_beside_its_place(self):
        for ban in words.BANS:
            _, _, path, good = samples.WORDS[ban.name]
            found = [line for line in problems(words.check, {path: good}) if f"({ban.name})" in line]
            self.assertEqual(found, [], ban.name)

    def test_words_in_comments_and_strings_of_code_are_no_code(self):
        self.assertEqual(problems(words.check, {"agent/core/a.cpp": "// no double here\nauto t = \"double\";\n"}), [])

    def test_the_line_is_that_of_the_word(self):
        found = problems(words.check, {"agent/core/a.cpp": "/* two\nlines */\n\nfloat x;\n"})
        self.assertTrue(found[0].startswith("agent/core/a.cpp:4:"), found)


class Includes(unittest.TestCase):
    files = {"agent/core/units.hpp": "", "agent/config/load.hpp": "", "agent/journal/store.hpp": "",
             "agent/doors/doors.hpp": "", "agent/providers/process/process.hpp": "", "platform/result.hpp": "",
             "tests/support/a.hpp": ""}

    def test_what_the_table_forbids_is_refused_with_its_reason(self):
        for path, line in samples.INCLUDES_REFUSED:
            found = problems(includes.check, {**self.files, path: line + "\n"})
            self.assertEqual(len(found), 1, f"{path} {line}")
            self.assertIn("Cure: ", found[0])

    def test_what_the_table_allows_passes(self):
        for path, line in samples.INCLUDES_ACCEPTED:
            self.assertEqual(problems(includes.check, {**self.files, path: line + "\n"}), [], f"{path} {line}")

    def test_a_file_outside_the_layout_is_refused(self):
        self.assertIn("lies in no folder", problems(includes.check, {"library/a.cpp": ""})[0])


class Sizes(unittest.TestCase):
    def test_a_function_of_sixty_lines_passes_and_one_more_does_not(self):
        self.assertEqual(problems(sizes.check, {"platform/a.cpp": function_of(60)}), [])
        self.assertIn("f has 61 lines", problems(sizes.check, {"platform/a.cpp": function_of(61)})[0])

    def test_long_functions_are_found_in_classes_templates_and_constructors(self):
        body = "{\n" + "    g();\n" * 60 + "}\n"
        for head in ("struct A { void f() const ", "template <class T> T f(T) ", "A::f(int x) : x_{x}, y_(2) ",
                     "bool A::operator==(const A& f) const ", "TEST_CASE(\"f\") "):
            text = head + body + ("};\n" if head.startswith("struct") else "")
            self.assertEqual(len(problems(sizes.check, {"platform/a.cpp": text})), 1, head)

    def test_a_long_table_is_no_function(self):
        table = "const std::map<int, int> table = {\n" + "    {1, f(2)},\n" * 100 + "};\n"
        self.assertEqual(problems(sizes.check, {"platform/a.cpp": table}), [])

    def test_braces_in_strings_and_comments_do_not_count(self):
        text = 'void f() {\n    g("}");  // }\n' + "    g();\n" * 60 + "}\n"
        self.assertEqual(len(problems(sizes.check, {"platform/a.cpp": text})), 1)

    def test_a_file_that_is_too_long_is_refused(self):
        self.assertIn("601 lines", problems(sizes.check, {"platform/a.cpp": "int a;\n" * 601})[0])

    def test_a_line_that_is_too_wide_is_refused(self):
        self.assertIn("121 columns", problems(sizes.check, {"platform/a.cpp": "/" * 121 + "\n"})[0])

    def test_a_header_opens_with_its_purpose_and_has_one_guard(self):
        good = "// What a sample needs to be a good header.\n#pragma once\n"
        self.assertEqual(problems(sizes.check, {"platform/a.hpp": good}), [])
        self.assertIn("purpose", problems(sizes.check, {"platform/a.hpp": "#pragma once\n"})[0])
        self.assertIn("#pragma", problems(sizes.check, {"platform/a.hpp": "// What this is good for is open.\n"})[0])
        self.assertIn("macros", problems(sizes.check, {"platform/a.hpp": good + "#ifndef A_HPP\n#endif\n"})[0])


class Documents(unittest.TestCase):
    files = {"README.md": "", "ARCHITECTURE.md": "", "CHANGELOG.md": "", "LICENSE": "Apache License\n"}

    def found(self, files):
        return problems(documents.check, {**self.files, **files})

    def test_a_tree_with_its_documents_passes(self):
        self.assertEqual(self.found({}), [])

    def test_a_missing_document_is_found(self):
        self.assertEqual(len(problems(documents.check, {})), 4)

    def test_a_link_to_nowhere_is_found(self):
        self.assertIn("links to gone.md", self.found({"README.md": "see [it](gone.md#part)\n"})[0])
        self.assertEqual(self.found({"README.md": "see [it](LICENSE) and [that](https://example.com/x)\n"}), [])

    def test_a_named_path_to_nowhere_is_found(self):
        self.assertIn("names tools/gone", self.found({"README.md": "run `tools/gone`\n"})[0])

    def test_scenarios_and_rules_know_each_other(self):
        rules = {"tests/scenario/RULES.md": "4.1: 4.1-here.txt\n"}
        self.assertEqual(self.found({**rules, "tests/scenario/4.1-here.txt": ""}), [])
        self.assertIn("names 4.1-here.txt", self.found(rules)[0])
        self.assertIn("named by no rule", self.found({**rules, "tests/scenario/4.1-here.txt": "",
                                                      "tests/scenario/other.txt": ""})[0])


class Program(unittest.TestCase):
    def run_on(self, files, *arguments):
        with tree_with(files) as tree:
            command = [sys.executable, os.path.join(TOOL, "tidy.py"), "--repository", tree.root, *arguments]
            return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_findings_are_exit_code_1_and_none_is_0(self):
        clean = self.run_on(Documents.files)
        self.assertEqual(clean.returncode, 0, clean.stdout)
        dirty = self.run_on({**Documents.files, "agent/core/a.cpp": "double x;\n"})
        self.assertEqual(dirty.returncode, 1)
        self.assertIn("agent/core/a.cpp:1:", dirty.stdout)

    def test_text_that_is_not_formatted_is_found(self):
        result = self.run_on({".clang-format": "BasedOnStyle: Google\n", "platform/a.cpp": "int  a ;\n"}, "--only",
                             "format")
        if result.returncode == 77:
            print(result.stdout)
            return
        self.assertEqual(result.returncode, 1)
        self.assertIn("Cure: clang-format", result.stdout)


if __name__ == "__main__":
    unittest.main()
