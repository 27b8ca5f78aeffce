"""The program exporter_driver (tests/integration/driver) as an object: what is sans-io there gets sockets and a clock
here."""

import json
import os
import subprocess
import time


class Driver:
    """One conversation: commands in, steps out."""

    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen([os.path.join(folder, "exporter_driver"), *map(str, arguments)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wall = int(time.time() * 1e6)

    def ask(self, do, **details):
        command = {"do": do, "wall": self.wall, **details}
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the driver has ended at {command}"
        return json.loads(line)

    def pass_time(self, seconds):
        self.wall += int(seconds * 1e6)

    def carry_out(self, step, server):
        """Sends the request of a step for real; the next step."""
        try:
            status, headers, body = server.call(step["method"], step["target"], bytes.fromhex(step["body"]),
                                                step["headers"])
        except OSError:
            return self.ask("failure", number=step["number"])
        return self.ask("response", number=step["number"], status=status, headers=headers,
                        body=body.decode(errors="replace"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Export(Driver):
    """An exporter over a made-up ledger whose last sample lies at `end` (seconds since 1970)."""

    def __init__(self, folder, form, target, end, samples=40, most_micros=999_999_999_999_999, batch=7):
        super().__init__(folder, form, target, 1, samples, int(end * 1e6), most_micros, batch)

    def run(self, carry_out, step=None):
        """Until everything is acknowledged; `carry_out(step)` answers with the next step. The last step."""
        step = step or self.ask("next")
        while not (step["step"] == "rest" and step["is_done"]):
            if step["step"] == "send":
                step = carry_out(step)
            else:
                self.wall = max(self.wall, step["until"])
                step = self.ask("next")
        return step

    def send_all(self, server):
        return self.run(lambda step: self.carry_out(step, server))


def page(folder, accept, end, samples=3, most_micros=999_999_999_999_999):
    arguments = [os.path.join(folder, "exporter_driver"), "page", accept, "1", str(samples), str(int(end * 1e6)),
                 str(most_micros)]
    return subprocess.run(arguments, capture_output=True, check=True, timeout=60).stdout.decode()
