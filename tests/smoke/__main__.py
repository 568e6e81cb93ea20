"""`python -m tests.smoke`: runs each step, prints what it saw and how long it took; exits with 1 if one fails."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.running_demo import RunningDemo
from tests.smoke.job import announce_a_shipment, another_vendor_sees_nothing, sign_in

FIRST_START_SECONDS = 240
SECOND_START_SECONDS = 15


def main() -> int:
    demo = RunningDemo(Path(tempfile.mkdtemp(prefix="smoke-")))
    demo.command = ["make", "demo", f"STATE={demo.state}"]
    try:
        passed = _run(demo)
    except AssertionError as failure:
        say(f"FAILED: {failure}")
        say("1 failed")
        return 1
    finally:
        demo.stop()
        demo.forget()
    say(f"{passed} passed, 0 failed")
    return 0


def _run(demo: RunningDemo) -> int:
    start(demo, "first", FIRST_START_SECONDS)
    maria = sign_in(demo, "maria@rila-textiles.example")
    say("signed in over HTTP")
    shipment = announce_a_shipment(demo, maria)
    say("announced a shipment, and it stands in ERP.net")
    another_vendor_sees_nothing(demo, shipment)
    say("another vendor gets 404")
    stop(demo)
    start(demo, "second", SECOND_START_SECONDS)
    again = sign_in(demo, "maria@rila-textiles.example").get(demo.portal_url + shipment, timeout=10)
    assert again.status_code == 200, f"the shipment is gone after a restart ({again.status_code})"
    say("the data was kept")
    left_behind = demo.kill()
    assert not left_behind, f"killed outright, it left processes behind: {left_behind}"
    say("killed outright; nothing left behind")
    return 8


def start(demo: RunningDemo, which: str, limit: float) -> None:
    seconds = demo.start()
    assert seconds < limit, f"the {which} start took {seconds:.1f} s, more than {limit} s"
    say(f"{which} start: ready in {seconds:.1f} s")


def stop(demo: RunningDemo) -> None:
    left_behind = demo.stop()
    assert not left_behind, f"processes were left behind: {left_behind}"
    say("stopped; nothing left behind")


def say(text: str) -> None:
    sys.stdout.write(f"smoke: {text}\n" if "failed" not in text else f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
