"""The table in README.md: one row for each planted bug, made by the run and kept between two marks."""
import re

BEGIN = "<!-- made by tools/mutants -->\n"
END = "<!-- end -->\n"
HEAD = "| bug | what is wrong | breaks | caught by | after |\n| --- | --- | --- | --- | --- |\n"
SURVIVES = "**nobody**"


def row(patch, finding):
    cells = (patch.name, patch.words, patch.rule.rstrip("."), finding.by or SURVIVES, finding.after)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def read(text):
    """{bug: its row} of a README."""
    between = text.partition(BEGIN)[2].partition(END)[0]
    rows = [line + "\n" for line in between.split("\n") if re.match(r"\| \d", line)]
    return {line.split(" | ")[0].removeprefix("| "): line for line in rows}


def write(text, rows):
    """The README with these rows, in their order, instead of its own."""
    before, begin, rest = text.partition(BEGIN)
    between, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("README.md has lost the marks around its table")
    return before + BEGIN + HEAD + "".join(rows) + END + after
