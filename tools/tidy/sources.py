"""The files of the working tree, and C++ text with what is not code blanked out."""
import os
import re
from dataclasses import dataclass

SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__"}
CPP = (".cpp", ".hpp")

# Comments, raw strings, strings and characters, in the order in which they must be tried.
NOT_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/|"
    r'R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"|'
    r'"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    problem: str
    cure: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.problem} Cure: {self.cure}"


class Tree:
    """All files below `root`, by path relative to it, with '/' as separator."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(self._walk())
        self.texts = {}

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/")

    def cpp_files(self):
        return [file for file in self.files if file.endswith(CPP)]

    def text(self, file):
        if file not in self.texts:
            with open(os.path.join(self.root, file), encoding="utf-8", errors="replace") as stream:
                self.texts[file] = stream.read()
        return self.texts[file]

    def exists(self, path):
        return os.path.exists(os.path.join(self.root, path))


def _blank(match, keep_quotes):
    text = match.group(0)
    blanked = re.sub(r"[^\n]", " ", text)
    if keep_quotes and text[0] in "\"'R":
        return '"' + blanked[1:-1] + '"' if len(text) > 1 else text
    return blanked


def code_only(text):
    """Same length and lines; comments become blanks, strings become quoted blanks."""
    return NOT_CODE.sub(lambda match: _blank(match, keep_quotes=True), text)


def without_comments(text):
    """Same length and lines; comments become blanks, strings stay."""
    def replace(match):
        return _blank(match, keep_quotes=False) if match.group(0).startswith("/") else match.group(0)

    return NOT_CODE.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
