#!/usr/bin/env python3
"""What exporters and alerts send, judged by real receivers and by other people's readers of the formats.
Usage: receivers_test.py --bin FOLDER --npm FOLDER"""

import argparse
import datetime
import itertools
import json
import sys
import time
from decimal import Decimal

import agent_exports
import foreign_readers
from exporter_driver import Driver, Export, page
from harness import PATIENCE, Claims, wait_for
from receivers import Alertmanager, Prometheus, VictoriaMetrics, WebServer, key_of

COSTS = '{__name__=~"noodstop_.*_cost_total"}'
# A double tells millionths apart up to here; of it VictoriaMetrics keeps 12 digits.
PROMETHEUS_MOST = 8_589_934_591_999_999
VICTORIA_MOST = 999_999_999_999
SAMPLES = 40


def export_to(server, folders, end, most=VICTORIA_MOST, **settings):
    return Export(folders.bin, "remote_write", server.write_path, end, most_micros=most,
                  **{"samples": SAMPLES, **settings})


def totals_at(server, end):
    return {key: Decimal(value) for key, value in server.values(COSTS, end).items()}


def check_totals(server, export, end):
    """By query the receiver has what the ledger has, to the last millionth."""
    wanted = {key_of(total["labels"]): Decimal(total["value"]) for total in export.ask("totals")["totals"]}
    assert len(wanted) == 23, f"{len(wanted)} totals"
    wait_for(lambda: totals_at(server, end) == wanted, PATIENCE / 2, 0.2)
    got = totals_at(server, end)
    wrong = [(dict(key), total, got.get(key)) for key, total in wanted.items() if got.get(key) != total]
    assert not wrong and len(got) == len(wanted), f"wrong (labels, wanted, got): {wrong}; {len(got)} series"


def check_every_sample(server, end):
    counts = server.values('count_over_time(noodstop_zone_cost_total{zone="huge"}[1h])', end)
    assert list(counts.values()) == [str(SAMPLES)], f"{counts} samples of {SAMPLES}"


def check_calm_export(kind, folders, most):
    end = int(time.time())
    with kind() as server, export_to(server, folders, end, most) as export:
        last = export.send_all(server)
        assert last["refused"] == 0 and last["failed"] == 0, last
        check_totals(server, export, end)
        check_every_sample(server, end)


def prometheus_has_exactly_the_totals_and_every_sample_that_was_sent(folders):
    check_calm_export(Prometheus, folders, PROMETHEUS_MOST)


def victoria_metrics_has_exactly_the_totals_and_every_sample_that_was_sent(folders):
    check_calm_export(VictoriaMetrics, folders, VICTORIA_MOST)


def a_receiver_that_is_away_at_first_gets_everything(folders):
    server, end = Prometheus(), int(time.time())
    try:
        with export_to(server, folders, end) as export:
            step = export.ask("next")
            for _ in range(3):
                step = export.carry_out(step, server)
                assert step["step"] == "rest" and step["failed"] > 0, step
                export.wall = step["until"]
                step = export.ask("next")
            server.start()
            while step["step"] == "send":
                step = export.carry_out(step, server)
            assert step["is_done"] and step["refused"] == 0 and step["failed"] == 3, step
            check_totals(server, export, end)
            check_every_sample(server, end)
    finally:
        server.end()


def lose_every_second_answer(export, server):
    """The receiver has the request each time, and the exporter does not know."""
    losses = itertools.cycle([True, False])

    def carry_out(step):
        if not next(losses):
            return export.carry_out(step, server)
        server.call(step["method"], step["target"], bytes.fromhex(step["body"]), step["headers"])
        return export.ask("failure", number=step["number"])
    return export.run(carry_out)


def answers_that_are_lost_change_no_total(folders):
    for kind in (Prometheus, VictoriaMetrics):
        end = int(time.time())
        with kind() as server, export_to(server, folders, end) as export:
            last = lose_every_second_answer(export, server)
            assert last["failed"] >= 6, last
            check_totals(server, export, end)


def a_total_that_was_refused_with_others_is_there_as_soon_as_all_is_quiet(folders):
    """The process dies when the receiver has seven samples and the spool does not know it. The next one sends them
    again in one request with the last two, all of which Prometheus refuses."""
    end = int(time.time()) - 300
    with Prometheus() as server, export_to(server, folders, end, samples=9) as dies, \
            export_to(server, folders, end, samples=9, batch=9) as next_one:
        dies.carry_out(dies.ask("next"), server)
        last = next_one.send_all(server)
        assert last["refused"] > 0 and last["problem"] == "", last
        check_totals(server, next_one, int(time.time()))


def what_is_sent_again_from_the_beginning_is_refused_and_counted_and_changes_nothing(folders):
    end = int(time.time())
    with Prometheus() as server, export_to(server, folders, end) as first, export_to(server, folders, end) as again:
        first.send_all(server)
        step = again.carry_out(again.ask("next"), server)
        assert step["problem"].startswith("HTTP 400: "), step
        print(f"  Prometheus says: {step['problem']}")
        last = again.run(lambda step: again.carry_out(step, server), step)
        assert last["refused"] > 0 and last["failed"] == 0, last
        check_totals(server, again, end)
        check_every_sample(server, end)


def prometheus_scrapes_the_page_and_has_its_totals(folders):
    asked = []
    text = page(folders.bin, "application/openmetrics-text", time.time(), most_micros=PROMETHEUS_MOST)

    def answer(accept):
        asked.append(accept)
        return "application/openmetrics-text; version=1.0.0; charset=utf-8", text

    with WebServer(answer) as web, Prometheus(scrapes=[("noodstop", web.port)]) as server:
        huge = 'noodstop_zone_cost_total{zone="huge"}'
        assert wait_for(lambda: server.values(huge, time.time()), PATIENCE, 0.2), server.log()
        assert list(server.values(huge, time.time()).values()) == ["8589934591.999999"]
        tripped = 'noodstop_zone_state{noodstop_zone_state="tripped"} == 1'
        assert len(server.values(tripped, time.time())) == 2
    # What Prometheus asks for is what chosen_format() makes OpenMetrics of.
    assert page(folders.bin, asked[0], time.time()).endswith("# EOF\n"), asked[0]


def drive(driver, server, step):
    """Carries out what is to be sent, until there is nothing more at this time."""
    while step["step"] == "send":
        step = driver.carry_out(step, server)
    assert step["refused"] == 0 and not step["problem"], step


def alerts_of(server):
    return {alert["labels"]["alertname"]: alert for alert in server.json("/api/v2/alerts")}


def told_to(hook):
    """{(alert name, status): alert} of all that Alertmanager has told its receiver."""
    alerts = [alert for _, _, body in list(hook.posted) for alert in json.loads(body)["alerts"]]
    return {(alert["labels"]["alertname"], alert["status"]): alert for alert in alerts}


def seconds_of(text):
    """A time of RFC 3339, in UTC, to the millisecond."""
    moment, _, fraction = text.removesuffix("Z").partition(".")
    whole = datetime.datetime.strptime(moment + "+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return round(whole + float("0." + (fraction or "0")), 3)


def check_alerts(server, began):
    names = {"NoodstopTripped", "NoodstopDisarmed", "NoodstopAgentMissing"}
    assert wait_for(lambda: set(alerts_of(server)) == names, PATIENCE, 0.1), alerts_of(server)
    trip = alerts_of(server)["NoodstopTripped"]
    assert trip["labels"] == {"alertname": "NoodstopTripped", "severity": "critical", "agent": "box", "tenant": "acme",
                              "zone": "dev"}, trip
    assert trip["annotations"]["description"] == "limit daily reached", trip
    assert abs(seconds_of(trip["startsAt"]) - began) < 0.002, (trip, began)
    assert abs(seconds_of(trip["endsAt"]) - began - 3600) < 0.002, trip
    assert alerts_of(server)["NoodstopDisarmed"]["labels"]["zone"] == "te\"st\\"


def check_ends(server, hook, ended):
    assert wait_for(lambda: set(alerts_of(server)) == {"NoodstopDisarmed"}, PATIENCE, 0.1), alerts_of(server)
    for name in ("NoodstopTripped", "NoodstopAgentMissing"):
        assert wait_for(lambda: (name, "resolved") in told_to(hook), PATIENCE, 0.1), told_to(hook)
        over = told_to(hook)[(name, "resolved")]
        assert abs(seconds_of(over["endsAt"]) - ended) < 0.002, (over, ended)
    assert ("NoodstopDisarmed", "resolved") not in told_to(hook)


def alertmanager_shows_alerts_and_their_ends(folders):
    with WebServer() as hook, Alertmanager(hook.port) as server, \
            Driver(folders.bin, "alertmanager", "/api/v2/alerts") as driver:
        began = driver.wall / 1e6
        drive(driver, server, driver.ask("fact", kind="tripped", zone="dev"))
        drive(driver, server, driver.ask("fact", kind="disarmed", zone="te\"st\\"))
        drive(driver, server, driver.ask("missing"))
        check_alerts(server, began)
        assert wait_for(lambda: len(told_to(hook)) == 3, PATIENCE, 0.1), told_to(hook)
        driver.wall = int(time.time() * 1e6)
        drive(driver, server, driver.ask("fact", kind="reset", zone="dev"))
        drive(driver, server, driver.ask("returned"))
        check_ends(server, hook, driver.wall / 1e6)


TESTS = [
    prometheus_has_exactly_the_totals_and_every_sample_that_was_sent,
    victoria_metrics_has_exactly_the_totals_and_every_sample_that_was_sent,
    a_receiver_that_is_away_at_first_gets_everything,
    answers_that_are_lost_change_no_total,
    a_total_that_was_refused_with_others_is_there_as_soon_as_all_is_quiet,
    what_is_sent_again_from_the_beginning_is_refused_and_counted_and_changes_nothing,
    prometheus_scrapes_the_page_and_has_its_totals,
    alertmanager_shows_alerts_and_their_ends,
    *foreign_readers.TESTS,
    *agent_exports.TESTS,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd, noodstop and exporter_driver")
    parser.add_argument("--npm", required=True, help="a folder for npm packages, made if it is missing")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    tests = [test for test in TESTS if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, arguments)


if __name__ == "__main__":
    sys.exit(main())
