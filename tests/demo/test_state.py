"""The demo's folder keeps secrets to its owner, remembers what is done, and serves one demo at a time."""

import subprocess

import pytest

from erpnet.sandbox.demo.state import AlreadyRuns, State, digest_of


@pytest.fixture
def state(tmp_path):
    return State(tmp_path / "demo")


def test_secrets_are_random_stay_and_are_readable_by_their_owner_alone(state, tmp_path):
    assert State(state.folder).django_key == state.django_key
    assert State(tmp_path / "another").application_secret != state.application_secret
    assert state.application_secret_file.stat().st_mode & 0o777 == 0o600
    assert len(state.django_key) >= 50


def test_a_shell_reads_the_environment_back_and_nobody_else_does(state):
    for scope in ("read", "read 'and' update"):
        state.write_environment({"ERPNET_SCOPE": scope, "LOG_LEVEL": "INFO"})
        script = f'. {state.environment}; printf %s "$ERPNET_SCOPE"'
        answer = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
        assert answer.stdout == scope
    assert state.environment.stat().st_mode & 0o777 == 0o600


def test_what_is_done_is_not_done_again_for_the_same_version(state):
    done = []
    for version in ("1", "1", "2"):
        state.once("migrate", version, lambda version=version: done.append(version))
    assert done == ["1", "2"]


def test_what_failed_is_done_again(state):
    with pytest.raises(ZeroDivisionError):
        state.once("migrate", "1", lambda: 1 / 0)
    assert state.once("migrate", "1", lambda: None)


def test_a_second_demo_on_the_same_folder_is_refused(state):
    with state.lock(), pytest.raises(AlreadyRuns, match="already runs"):
        State(state.folder).lock()
    with State(state.folder).lock():
        pass


def test_a_digest_changes_with_the_files(tmp_path):
    file = tmp_path / "0001_initial.py"
    file.write_text("one")
    before = digest_of([file])
    file.write_text("three")
    assert digest_of([file]) != before
