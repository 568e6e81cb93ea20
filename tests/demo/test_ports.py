"""Before anything starts, the demo says which port is wrong or taken and how to choose another."""

import socket

import pytest

from erpnet.sandbox.demo.ports import Ports, PortTrouble


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_ports_have_the_defaults_of_the_readme():
    assert Ports.from_environment({}) == Ports(portal=8000, sandbox=9000)


def test_portal_and_sandbox_are_two_sites_to_a_browser():
    ports = Ports.from_environment({"PORTAL_PORT": "8100", "SANDBOX_PORT": "9100"})
    assert (ports.portal_url, ports.sandbox_url) == ("http://localhost:8100", "http://127.0.0.1:9100")


@pytest.mark.parametrize("text", ["0", "65536", "-1", "web", "80 00"])
def test_a_malformed_port_is_named(text):
    with pytest.raises(PortTrouble, match="SANDBOX_PORT is"):
        Ports.from_environment({"SANDBOX_PORT": text})


def test_one_port_for_both_is_refused():
    with pytest.raises(PortTrouble, match="same port"):
        Ports.from_environment({"PORTAL_PORT": "9000"})


def test_a_taken_port_is_named_with_its_cure(taken_port):
    with pytest.raises(
        PortTrouble, match=rf"Port {taken_port} is taken.*PORTAL_PORT={taken_port + 1} make demo"
    ):
        Ports(portal=taken_port, sandbox=free_port()).ensure_free()


def test_free_ports_pass():
    Ports(portal=free_port(), sandbox=free_port()).ensure_free()
