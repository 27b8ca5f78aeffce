"""Sizes: a file is a room, a function fits on a screen, a line fits beside another one."""
import re

from sources import Finding, code_only

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 600
FILE_LINES_USUAL = 300
HEADER_LINES_MAX = 400
LINE_COLUMNS_MAX = 120
# Output as a program prints it.
RECORDED = ("tests/scenario/", "tests/cli/golden/")
LINE_FILES = (".cpp", ".hpp", ".py", ".sh", ".proto", ".cmake", ".txt", "tools/test", "tools/quickstart", "tools/bench")

SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b(?![^{]*\)\s*(const|noexcept|override|->|$))")
OPERATOR_NAME = re.compile(r"\boperator\s*(\(\)|\[\]|[^\s\w(]+)")
BRACE_INITIALIZED = re.compile(r"[\w>]\s*$")


def _outside_parentheses(text):
    depth, kept = 0, []
    for character in text:
        if character == "(":
            depth += 1
        if depth == 0:
            kept.append(character)
        if character == ")":
            depth = max(0, depth - 1)
    return "".join(kept)


def kind_of_brace(head):
    """What the `{` after `head` opens: "scope", "function", or "value" (an initializer)."""
    head = OPERATOR_NAME.sub("operator_name", re.sub(r"^\s*#.*$", "", head, flags=re.MULTILINE))
    if SCOPE.search(head) and "TEST_CASE" not in head:
        return "scope"
    bare = _outside_parentheses(head)
    if "(" not in head or "=" in bare:
        return "value"
    if re.search(r"(?<!:):(?!:)", bare) and BRACE_INITIALIZED.search(head):
        return "value"  # a member in a constructor's initializer list
    return "function"


def functions(text):
    """(first line, last line, head) of each function that stands in a namespace or class."""
    code = code_only(text)
    stack, head_start, found = [], 0, []
    line, function_depth = 1, None
    for offset, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == "{":
            kind = "inner" if function_depth is not None else kind_of_brace(code[head_start:offset])
            stack.append((kind, line, code[head_start:offset]))
            if kind == "function":
                function_depth = len(stack)
            if kind in ("scope", "function"):
                head_start = offset + 1
        elif character == "}" and stack:
            kind, first, head = stack.pop()
            if kind == "function":
                function_depth = None
                found.append((first, line, " ".join(head.split())))
            if kind in ("scope", "function"):
                head_start = offset + 1
        elif character == ";" and function_depth is None and "value" not in [kind for kind, _, _ in stack]:
            head_start = offset + 1
    return found


def _name_of(head):
    match = re.search(r"([\w:~]+)\s*\(", head)
    return match.group(1) if match else head[-40:]


def check_functions(file, text):
    for first, last, head in functions(text):
        lines = last - first + 1
        if lines > FUNCTION_LINES_MAX:
            yield Finding(file, first, f"{_name_of(head)} has {lines} lines, at most {FUNCTION_LINES_MAX} are allowed.",
                          "give its parts names of their own.")


def check_file_length(file, text):
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(file, lines, f"has {lines} lines, at most {FILE_LINES_MAX} are allowed.",
                      "it is more than one room: split it by subject.")
    elif file.endswith(".hpp") and lines > HEADER_LINES_MAX:
        yield Finding(file, lines, f"is a header of {lines} lines, at most {HEADER_LINES_MAX} are allowed.",
                      "a header is about a page: move code to the .cpp, or split it by subject.")


def remarks(tree):
    """Files that are no mistake yet, and might be more than one room."""
    for file in tree.cpp_files():
        lines = tree.text(file).count("\n")
        if lines > FILE_LINES_USUAL:
            yield f"{file} has {lines} lines: is it still one room? Most have less than {FILE_LINES_USUAL}."


def check_columns(file, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LINE_COLUMNS_MAX:
            yield Finding(file, number, f"has {len(line)} columns, at most {LINE_COLUMNS_MAX} are allowed.",
                          "break the line, or name a part of it.")
        if line != line.rstrip():
            yield Finding(file, number, "ends in blanks.", "remove them.")


def check_header_form(file, text):
    lines = text.split("\n")
    if "#pragma once" not in lines:
        yield Finding(file, 1, "has no `#pragma once`.", "write it below the opening comment.")
    if not re.match(r"// [A-Z].{20,}", text):
        yield Finding(file, 1, "does not open with a sentence on its purpose.",
                      "begin with `// ` and what this file is for, before `#pragma once`.")
    if re.search(r"^#ifndef \w+_(H|HPP)_*$", text, re.MULTILINE):
        yield Finding(file, 1, "has an include guard of macros.", "`#pragma once` alone.")


def check(tree):
    findings = []
    for file in tree.files:
        if not file.endswith(LINE_FILES) or file.startswith(RECORDED):
            continue
        text = tree.text(file)
        findings += check_columns(file, text)
        if file.endswith((".cpp", ".hpp", ".py")):
            findings += check_file_length(file, text)
        if file.endswith((".cpp", ".hpp")):
            findings += check_functions(file, text)
        if file.endswith(".hpp"):
            findings += check_header_form(file, text)
    return findings
