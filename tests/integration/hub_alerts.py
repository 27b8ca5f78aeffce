"""Alerts of a real hub at real receivers: Alertmanager, and a webhook."""

import json
import ssl
import time

from harness import PATIENCE, wait_for
from hub_world import Agent, Authority, Hub, Reader, messages_of
from receivers import Alertmanager, WebServer, free_port
from receivers_test import alerts_of, told_to

ARMED = {"dev": ("acme", "armed", 1)}
TRIPPED = {"dev": ("acme", "tripped", 1)}


class TlsWebServer(WebServer):
    """Takes only those who show a certificate of the authority."""

    def __init__(self, authority):
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.server("receiver"))
        context.load_verify_locations(authority.authorities)
        context.verify_mode = ssl.CERT_REQUIRED
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)


def events_at(hook):
    return [json.loads(body) for _, _, body in list(hook.posted)]


def words_at(hook):
    return [event["type"].removeprefix("noodstop.v1.") for event in events_at(hook)]


def names_at(server):
    return set(alerts_of(server))


def alertmanager_shows_trips_and_missing_agents_and_their_ends_through_a_kill_of_the_hub(folders):
    with Authority() as authority, WebServer() as hook, Alertmanager(hook.port) as server, \
            Hub(folders.bin, authority, **{"missing-after": ["3s"],
                                           "alertmanager": [f"http://127.0.0.1:{server.port}"]}) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent:
            agent.push(["tripped"], zones=TRIPPED)
            assert wait_for(lambda: "NoodstopTripped" in names_at(server), PATIENCE, 0.1), alerts_of(server)
            labels = alerts_of(server)["NoodstopTripped"]["labels"]
            assert labels == {"alertname": "NoodstopTripped", "severity": "critical", "agent": "box-1",
                              "tenant": "acme", "zone": "dev"}, labels
            wanted = {"NoodstopTripped", "NoodstopAgentMissing"}
            assert wait_for(lambda: names_at(server) == wanted, PATIENCE, 0.1), alerts_of(server)
            hub.kill()
            hub.start()
            assert names_at(server) == wanted
            agent.reconnect()
            agent.push(["reset"], zones=ARMED)
            for name in wanted:
                assert wait_for(lambda name=name: (name, "resolved") in told_to(hook), PATIENCE, 0.1), told_to(hook)
            assert "NoodstopTripped" not in names_at(server), alerts_of(server)


def an_alert_that_ends_while_alertmanager_is_away_and_the_hub_is_killed_is_ended_all_the_same(folders):
    with Authority() as authority, WebServer() as hook, Alertmanager(hook.port) as server, \
            Hub(folders.bin, authority, alertmanager=[f"http://127.0.0.1:{server.port}"]) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent:
            agent.push(["tripped"], zones=TRIPPED)
            assert wait_for(lambda: ("NoodstopTripped", "firing") in told_to(hook), PATIENCE, 0.1), told_to(hook)
            server.process.terminate()  # in order: it keeps whom it has told what
            server.process.wait()
            agent.push(["reset"], zones=ARMED)
            hub.kill()
            server.start()
            hub.start()
            assert wait_for(lambda: ("NoodstopTripped", "resolved") in told_to(hook), PATIENCE, 0.1), told_to(hook)


def a_webhook_gets_each_event_once_in_order_also_those_of_before_a_kill(folders):
    with Authority() as authority:
        hub = Hub(folders.bin, authority, webhook=[f"http://127.0.0.1:{free_port()}/away"])
        with hub, TlsWebServer(authority) as hook:
            messages = messages_of(hub)
            with Agent(hub, messages, "box-1") as agent:
                agent.push(["tripped", "reset", "disarmed"])
                assert wait_for(lambda: "alerts can't be told to" in hub.log(), PATIENCE, 0.05), hub.log()
                hub.kill()
                hub.options["webhook"] = [f"https://localhost:{hook.port}/alerts?of=noodstop"]
                hub.options["alert-authorities"] = [authority.authorities]
                hub.start()
                wanted = ["tripped", "trip_ended", "disarmed"]
                assert wait_for(lambda: words_at(hook) == wanted, PATIENCE, 0.05), words_at(hook)
                agent.reconnect()
                agent.push(["armed"])
                wanted.append("disarmed_ended")
                assert wait_for(lambda: words_at(hook) == wanted, PATIENCE, 0.05), words_at(hook)
            hub.end()
            hub.start()
            hub.end()
            assert words_at(hook) == wanted, words_at(hook)
            path, headers, _ = hook.posted[0]
            assert path == "/alerts?of=noodstop" and headers["Content-Type"].startswith("application/cloudevents+json")
            first = events_at(hook)[0]
            assert (first["specversion"], first["source"], first["subject"]) == \
                ("1.0", "/noodstop-hub/agents/box-1", "dev"), first


def an_agent_is_missing_after_the_whole_time_also_when_the_hub_itself_was_away(folders):
    patience = 3
    with Authority() as authority, Hub(folders.bin, authority, **{"missing-after": [f"{patience}s"]}) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent, Reader(hub, messages) as reader:
            agent.push(zones=ARMED)
            hub.kill()
            time.sleep(patience + 1)  # the time itself is what is tried
            began = time.monotonic()
            hub.start()
            reader = Reader(hub, messages)
            assert wait_for(lambda: reader.agents()["box-1"].missing, PATIENCE, 0.05)
            assert time.monotonic() - began >= patience, time.monotonic() - began
            hub.kill()
            hub.start()
            with Reader(hub, messages) as reader:
                assert reader.agents()["box-1"].missing  # at once: it stood before
                agent.reconnect()
                agent.push(zones=ARMED)
                assert not reader.agents()["box-1"].missing
            assert hub.log().count("agent box-1 is missing: begins") == 1, hub.log()
            assert hub.log().count("agent box-1 is missing: ended") == 1, hub.log()


TESTS = [
    alertmanager_shows_trips_and_missing_agents_and_their_ends_through_a_kill_of_the_hub,
    an_alert_that_ends_while_alertmanager_is_away_and_the_hub_is_killed_is_ended_all_the_same,
    a_webhook_gets_each_event_once_in_order_also_those_of_before_a_kill,
    an_agent_is_missing_after_the_whole_time_also_when_the_hub_itself_was_away,
]
