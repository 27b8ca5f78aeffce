"""Documents stay true: what they link to exists, and rules and scenarios know each other."""
import fnmatch
import re

from sources import Finding, line_of

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED_PATH = re.compile(r"`((?:agent|platform|proto|tools|tests|cross|cmake|\.ci)/[\w./*{},<>-]*)`")
SCENARIO = re.compile(r"(?<![\w.-])([\w.-]+\.txt)\b")
RULES = "tests/scenario/RULES.md"


def check_links(tree, document):
    text = tree.text(document)
    folder = document.rsplit("/", 1)[0] + "/" if "/" in document else ""
    for match in LINK.finditer(text):
        target = match.group(1)
        if "://" in target or target.startswith("mailto:"):
            continue
        if not tree.exists(folder + target):
            yield Finding(document, line_of(text, match.start()), f"links to {target}, which does not exist.",
                          "mend the link, or write what it promises.")
    for match in QUOTED_PATH.finditer(text):
        path = match.group(1).rstrip("/")
        pattern = re.sub(r"<[^>]*>", "*", path)
        # A file may be named without its ending: `agent/run/cycle`.
        if not tree.exists(path) and not fnmatch.filter(tree.files, pattern) + fnmatch.filter(tree.files, path + ".*"):
            yield Finding(document, line_of(text, match.start()), f"names {path}, which does not exist.",
                          "mend the path, or take the sentence out.")


def check_scenarios(tree):
    here = {file.rsplit("/", 1)[-1] for file in tree.files if re.fullmatch(r"tests/scenario/[^/]+\.txt", file)}
    if not here and not tree.exists(RULES):
        return
    if not tree.exists(RULES):
        yield Finding("tests/scenario", 1, "has scenarios and no RULES.md.",
                      "write which scenario shows which rule of DESIGN.md 4 and 5.")
        return
    text = tree.text(RULES)
    named = {}
    for match in SCENARIO.finditer(text):
        named.setdefault(match.group(1), line_of(text, match.start()))
    for name in sorted(set(named) - here):
        yield Finding(RULES, named[name], f"names {name}, which does not exist.", "write the scenario.")
    for name in sorted(here - set(named)):
        yield Finding(f"tests/scenario/{name}", 1, "is named by no rule of RULES.md.",
                      "name it beside the rule that it shows.")


def check(tree):
    findings = []
    for document in DOCUMENTS:
        if tree.exists(document):
            findings += check_links(tree, document)
        else:
            findings.append(Finding(document, 1, "is missing.", "write it."))
    if not tree.exists("LICENSE") or "Apache License" not in tree.text("LICENSE"):
        findings.append(Finding("LICENSE", 1, "is missing or not Apache-2.0.", "put the licence's text there."))
    findings += check_scenarios(tree)
    return findings
