"""Programs are started, watched and stopped, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from erpnet.sandbox.demo.supervisor import Program, ProgramFailed, Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}


def program(name: str, script: str, **options) -> Program:
    return Program(name, ["bash", "-c", script], ENVIRONMENT, **options)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(tmp_path, say=said.append)
    yield supervisor
    supervisor.stop()


def exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{process_id}/status").read_text()


def wait_for_line(log: Path) -> str:
    for _ in range(100):
        if log.exists() and log.read_text().endswith("\n"):
            return log.read_text().strip()
        time.sleep(0.05)
    raise AssertionError(f"Nothing came into {log}")


def wait_until_runs(process_id: int, name: str) -> None:
    """Until then it is `setpriv`, which may not have tied it to its parent yet."""
    for _ in range(100):
        if Path(f"/proc/{process_id}/comm").read_text().strip() == name:
            return
        time.sleep(0.05)
    raise AssertionError(f"{name} did not start")


def wait_until_gone(process_id: int) -> bool:
    for _ in range(100):
        if not exists(process_id):
            return True
        time.sleep(0.05)
    return False


def test_what_a_program_prints_is_shown_under_its_name_and_logged(supervisor, capsys, tmp_path):
    supervisor.run(program("greeter", "echo hello; echo trouble >&2"))
    assert capsys.readouterr().out.split("\n")[:2] == ["       greeter | hello", "       greeter | trouble"]
    assert (tmp_path / "greeter.log").read_text() == "hello\ntrouble\n"


def test_a_command_that_fails_is_reported_with_its_last_lines(supervisor):
    with pytest.raises(ProgramFailed, match=r"migrate ended with status 3(.|\n)*no such table"):
        supervisor.run(program("migrate", "echo no such table; exit 3"))


def test_a_program_that_dies_while_others_wait_for_it_is_reported_at_once(supervisor):
    supervisor.start(program("web", "echo port in use; exit 1"))
    with pytest.raises(ProgramFailed, match="port in use"):
        supervisor.wait_until("the portal", lambda: False, seconds=20)


def test_what_does_not_become_ready_is_not_waited_for_without_end(supervisor):
    with pytest.raises(ProgramFailed, match="the portal was not ready within 0 s"):
        supervisor.wait_until("the portal", lambda: False, seconds=0.1)


def test_a_process_that_ends_is_started_again_until_it_ended_too_often(supervisor, said):
    supervisor.start(program("worker", "exit 7"))
    with pytest.raises(ProgramFailed, match="worker ended with status 7"):
        supervisor.watch()
    assert said == ["worker ended (status 7); starting it again."] * 3


def test_a_foundation_is_not_started_again(supervisor, said):
    supervisor.start(program("postgres", "exit 1", foundation=True))
    with pytest.raises(ProgramFailed, match="postgres ended"):
        supervisor.watch()
    assert said == []


def test_stopping_leaves_no_process_of_a_group_behind(supervisor, tmp_path):
    supervisor.start(program("parent", "sleep 60 & echo $!; wait"))
    child = int(wait_for_line(tmp_path / "parent.log"))
    assert exists(child)
    supervisor.stop()
    assert wait_until_gone(child)


def test_a_program_deaf_to_the_signal_is_killed_when_patience_ends(supervisor, tmp_path):
    running = supervisor.start(
        program("deaf", "trap '' TERM; echo up; while true; do sleep 0.1; done", patience=0.3)
    )
    wait_for_line(tmp_path / "deaf.log")
    supervisor.stop()
    assert running.process.returncode == -signal.SIGKILL


def test_what_others_stand_on_stops_last(supervisor, tmp_path):
    order = tmp_path / "order"
    note = f"trap 'echo NAME >> {order}; exit 0' TERM; echo up; while true; do sleep 0.05; done"
    supervisor.start(program("redis", note.replace("NAME", "redis"), foundation=True))
    supervisor.start(program("web", note.replace("NAME", "web")))
    for name in ("redis", "web"):
        wait_for_line(tmp_path / f"{name}.log")
    supervisor.stop()
    assert order.read_text().split() == ["web", "redis"]


def test_programs_end_when_their_supervisor_is_killed_outright(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from erpnet.sandbox.demo.supervisor import Program, Supervisor;"
        "keeper = Supervisor(Path(sys.argv[1]), say=print);"
        "print(keeper.start(Program('sleeper', ['sleep', '60'], {'PATH': '/usr/bin:/bin'})).process.pid, flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as keeper:
        child = int(keeper.stdout.readline() if keeper.stdout else "")
        wait_until_runs(child, "sleep")
        keeper.kill()
    assert wait_until_gone(child)
