"""Banned words, each with where it is banned, why, and its cure. tests/tidy tries every one of them."""
import re
from dataclasses import dataclass

from sources import Finding, code_only, line_of, without_comments

DETERMINISTIC = r"(agent/core/|agent/evidence/|agent/run/(cycle|action|batch_keeper|input_queue|look_schedule)\b)"
CODE = r".*\.[ch]pp$"
PRODUCT_CODE = r"(agent|platform|proto|tools)/.*\.[ch]pp$"
EVERYTHING = r".*"

# The files that have to spell what they forbid.
SPELLERS = r"tools/tidy/|tests/tidy/"


@dataclass(frozen=True)
class Ban:
    name: str
    pattern: str
    files: str  # where it holds, a regular expression on the path
    why: str
    cure: str
    except_files: str = ""
    look_at: str = "code"  # "code": neither strings nor comments; "strings": code and strings; "text": everything


BANS = (
    Ban("floating point", r"\b(double|float)\b", DETERMINISTIC + "|agent/journal/",
        "money and decisions have no floating point (DESIGN.md 4.1)", "count in integers: Money, HourlyRate, Duration"),
    Ban("unordered", r"\bunordered_(map|set|multimap|multiset)\b|<unordered_", DETERMINISTIC,
        "its iteration order differs between runs, and decisions must not", "std::map, std::set or a sorted vector"),
    Ban("randomness", r"\b(std::)?(rand|srand|random_shuffle)\s*\(|\brandom_device\b|\bmt19937(_64)?\b", PRODUCT_CODE,
        "the core has no randomness, and these are no source of keys",
        "an argument in the core; platform/crypto where it must not be guessed"),
    Ban("own clock",
        r"\b(system|steady|high_resolution)_clock\b|\bclock_gettime\b|\btime\s*\(\s*(NULL|nullptr|0)",
        DETERMINISTIC, "time is an input (DESIGN.md 3)", "take a core::ClockReading"),
    Ban("steady clock", r"\bsteady_clock\b", r"agent/providers/",
        "it stands still in suspend, and what is metered goes on", "platform/clock's boot clock"),
    Ban("thread", r"\bstd::(jthread|thread|mutex|async|atomic)\b", DETERMINISTIC,
        "the core and the cycle have no threads", "leave it to agent/run/loop"),
    Ban("input and output", r"<(iostream|fstream|filesystem)>|\bprintf\s*\(|\bgetenv\s*\(", DETERMINISTIC,
        "the core and the cycle do no input or output", "return an effect"),
    Ban("unbounded string", r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(", CODE,
        "it writes without a bound or keeps hidden state", "std::string, or fmt::format_to_n"),
    Ban("silent number", r"\b(atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull|strtod)\s*\(", PRODUCT_CODE,
        "it takes rubbish for zero", "std::from_chars, and look at what it says"),
    Ban("throwing number", r"\bstd::sto(i|l|ll|ul|ull|f|d|ld)\b", PRODUCT_CODE,
        "it throws on rubbish and takes half a number", "std::from_chars, and look at the whole text"),
    Ban("unknown as zero", r"\bvalue_or\s*\(\s*0", r"(agent|platform|proto)/.*\.[ch]pp$",
        "unknown is a value of its own and never fine (STYLE.md 7)", "say what happens when it is unknown",
        except_files=r"agent/config/"),  # there it is a key that was not written, and no measurement
    Ban("using namespace", r"\busing\s+namespace\s+std\s*;", CODE,
        "it hides where a name comes from", "write std::"),
    Ban("using namespace in header", r"^[ \t]*using[ \t]+namespace\b", r"(agent|platform|proto|tools)/.*\.hpp$",
        "everyone who includes it gets it too", "write the names whole"),
    Ban("assert", r"(?<!static_)\bassert\s*\(|<cassert>|<assert\.h>", CODE,
        "it is gone in release, where the bugs are", "CHECK, which stays on"),
    Ban("unfinished", r"\b(TODO|FIXME|XXX|HACK)\b", EVERYTHING,
        "what is committed is finished", "do it, or write it into an issue", look_at="text"),
    Ban("sleep", r"\bsleep_for\b|\bsleep_until\b|\b(u|nano)?sleep\s*\(", PRODUCT_CODE,
        "a sleeping thread answers nobody", "a timer of the loop, or poll(2) with a deadline",
        except_files=r"agent/providers/cgroup/signals\.cpp"),  # an act thread between rounds of signals
    Ban("machine path", r"(?<![\w.$}~-])/(work|farm|root|home/[a-z]\w*)/", EVERYTHING,
        "it is a path of one machine", "a path from the root of the repository, or an argument", look_at="text"),
    Ban("stray output", r"\bstd::(cout|cerr|clog)\b", r"(agent|platform|proto)/.*\.[ch]pp$",
        "a daemon's words go to its log", "spdlog in the shell, a Result below it",
        except_files=r"agent/main\.cpp"),  # before there is a log
    Ban("positional kill", r"\b(pkill|killall)\b", EVERYTHING,
        "it ends processes of others that have the same name", "end what was started, by its process id",
        look_at="strings"),
    Ban("system", r"\b(std::)?(system|popen)\s*\(", PRODUCT_CODE,
        "it goes through a shell", "platform/process, with a list of arguments"),
    Ban("default in a switch", r"^[ \t]*default[ \t]*:", r"(agent/(core|run|doors|providers|evidence)|proto|tools)/.*",
        "a new value of the enum would be swallowed (STYLE.md 4)",
        "name every value; after the switch return what an impossible value means"),
    Ban("C cast", r"\((unsigned|int|long|char|std::u?int\d+_t|std::size_t|size_t)\)\s*[\w(]", CODE,
        "it converts anything into anything", "static_cast, after looking at the range"),
    Ban("raw new", r"(?<!operator )\bnew\s+[A-Za-z_:]+[\s({[;]|\bdelete\s+[A-Za-z_]|\bdelete\[\]", PRODUCT_CODE,
        "nobody owns it when an exception comes", "std::make_unique, a container, or a value"),
    Ban("no lint", r"\bNOLINT", EVERYTHING, "a rule that is switched off in places is no rule",
        "mend the code, or take the check out of .clang-tidy", look_at="text"),
)

TEXT_FILES = (".cpp", ".hpp", ".py", ".sh", ".md", ".txt", ".toml", ".proto", ".cmake", ".yaml", ".json")


def is_text(file):
    name = file.rsplit("/", 1)[-1]
    return file.endswith(TEXT_FILES) or ("." not in name and name != "LICENSE") or file == ".ci/run"


def find(ban, file, text):
    """Offsets at which the ban fires in a file's text."""
    if not re.match(ban.files, file) or re.match(SPELLERS, file):
        return []
    if ban.except_files and re.match(ban.except_files, file):
        return []
    if ban.look_at == "code" and file.endswith((".cpp", ".hpp")):
        text = code_only(text)
    elif ban.look_at == "strings" and file.endswith((".cpp", ".hpp")):
        text = without_comments(text)
    return [match.start() for match in re.finditer(ban.pattern, text, re.MULTILINE)]


def check_text(file, text):
    for ban in BANS:
        for offset in find(ban, file, text):
            line = line_of(text, offset)
            word = text.split("\n")[line - 1].strip()
            yield Finding(file, line, f"`{word[:60]}` is banned ({ban.name}): {ban.why}.", f"{ban.cure}.")


def check(tree):
    return [finding for file in tree.files if is_text(file) for finding in check_text(file, tree.text(file))]
