"""Who must see a planted bug. One of the path: the scenarios, or the simulation's checkers; what only a unit test
would see doesn't count. One of the channel (spool, session, hub): the tests of these parts, or the simulation of the
uplink."""
import re
from dataclasses import dataclass

PROCESSOR_SECONDS_MAX = 120  # what takes longer hangs, unless it takes long without a bug too
TIMES_SLOWER_MAX = 5
MEMORABLE = 3  # scenarios that are named; more are counted
FAILED_SCENARIO = re.compile(r"ERROR: tests/scenario/(\S+)\.txt: ")
COUNT = re.compile(r"(\d+) seeds, (\d+) failed, [\d.]+ seeds/s")
FAILED_SEED = re.compile(r"seed (\d+)[^:\n]*: ([^:\n]+): (.*)")
FAILED_TEST = re.compile(r"TEST CASE:  (.*)\n\n\S+: (?:FATAL )?ERROR:")
CHANNEL = re.compile(r"tools/hub/|agent/doors/|agent/journal/(spool|consumers|line|runs|sample)")


@dataclass(frozen=True)
class Finding:
    by: str  # who saw it; empty: nobody
    after: str  # how soon
    reason: str = ""


def how_it_ended(ran):
    if ran.hangs:
        return "hangs"
    if ran.code < 0:
        return f"ends by signal {-ran.code}"
    return f"ends with exit code {ran.code}"


class Judge:
    """One of the programs. It must have judged the sources as they are before it judges a bug, which tells how long
    it takes when nothing is wrong."""
    program = ""
    arguments = ()
    of_channel = False

    def __init__(self):
        self.processor_seconds_max = PROCESSOR_SECONDS_MAX

    def concerns(self, patch):
        return any(CHANNEL.match(change.file) for change in patch.changes) == self.of_channel

    def judge(self, workplace):
        return self.read(workplace.run(self.program, self.arguments, self.processor_seconds_max))

    def judge_sound(self, workplace):
        ran = workplace.run(self.program, self.arguments, "unlimited")
        self.processor_seconds_max = max(PROCESSOR_SECONDS_MAX, round(TIMES_SLOWER_MAX * ran.seconds))
        return self.read(ran)


class Scenarios(Judge):
    program = "test_scenario"
    arguments = ("--no-intro",)

    def read(self, ran):
        after = f"{ran.seconds:.1f} s"
        failed = sorted(set(FAILED_SCENARIO.findall(ran.output)))
        if failed:
            more = f" and {len(failed) - MEMORABLE} more" if len(failed) > MEMORABLE else ""
            return Finding(f"scenario {', '.join(failed[:MEMORABLE])}{more}", after)
        if ran.code != 0 or ran.hangs:
            return Finding(f"the scenarios: {how_it_ended(ran)}", after)
        return Finding("", after)


class Simulation(Judge):
    program = "sim"
    words = "the simulation"

    def __init__(self, seeds):
        super().__init__()
        self.arguments = ("--from", "1", "--count", str(seeds), "--stop-at-first")

    def read(self, ran):
        after = f"{ran.seconds:.1f} s"
        counts = COUNT.findall(ran.output)
        failed = FAILED_SEED.search(ran.output)
        if failed and counts and ran.code == 1:
            seed, checker, reason = failed.groups()
            return Finding(f"{checker}, seed {seed}", f"{counts[-1][0]} seeds, {after}", reason)
        if ran.code != 0 or ran.hangs or not counts or int(counts[-1][1]) > 0:
            return Finding(f"{self.words}: {how_it_ended(ran)}", after)
        return Finding("", f"{counts[-1][0]} seeds, {after}")


class Uplink(Simulation):
    program = "uplink_sim"
    words = "the simulation of the uplink"
    of_channel = True

    def read(self, ran):
        finding = super().read(ran)
        return Finding(f"uplink: {finding.by}", finding.after, finding.reason) if finding.reason else finding


class Tests(Judge):
    """Test cases of a part, but those that live lives or measure what the machine can."""
    of_channel = True

    def __init__(self, program):
        super().__init__()
        self.program = program
        self.arguments = ("--no-intro", "-tce=two hundred*,a seed makes*,*killed 100*,*costs*")

    def read(self, ran):
        after = f"{ran.seconds:.1f} s"
        failed = FAILED_TEST.findall(ran.output)
        if failed:
            more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
            return Finding(f"{self.program}: {failed[0]}{more}", after)
        if ran.code != 0 or ran.hangs:
            return Finding(f"{self.program}: {how_it_ended(ran)}", after)
        return Finding("", after)
