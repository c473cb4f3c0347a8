"""`nats.yml`: three machines, one MQTT broker that survives the loss of one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from booted import Fleet, Host
from hospital_keys import HospitalKeys, make_client, make_hospital_keys
from playbook import Play

CLIENT = str(Path(__file__).parent / "parts" / "mqtt_client.py")
TERMINALS = [{"site": "east", "device": "K1"}, {"site": "east", "device": "K2"}]
TOPIC = "hospital/east/K1/health"


class Cluster:
    """The three machines, and clients with certificates that come to them."""

    def __init__(self, fleet: Fleet, play: Play) -> None:
        self.fleet, self.play = fleet, play
        self.clients = fleet.folder / "clients"

    def listen(self, host: Host) -> subprocess.Popen[str]:
        """The collector at one machine; its next line is the first message."""
        argv = [*self._client(host, "collector"), "expect", "hospital/#"]
        listener = subprocess.Popen(self.fleet.entered(argv), stdout=subprocess.PIPE, text=True)
        assert _line(listener) == "subscribed"
        return listener

    def publish(self, host: Host, name: str, text: str) -> None:
        done = self.fleet.run([*self._client(host, name), "publish", TOPIC, text], check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def let_in(self, host: Host, name: str) -> bool:
        return self.fleet.run([*self._client(host, name), "connect"], check=False).returncode == 0

    def _client(self, host: Host, name: str) -> list[str]:
        return [sys.executable, CLIENT, host.address, str(self.clients), name]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture(scope="module")
def cluster(fleet_of: Callable[..., Fleet], hospital_keys: HospitalKeys) -> Cluster:
    fleet = fleet_of("n1", "n2", "n3")
    variables = {
        **hospital_keys.variables,
        "nats_ca_file": str(hospital_keys.ca),
        "nats_terminals": TERMINALS,
    }
    play = fleet.playbook("nats.yml", groups={"nats": list(fleet.hosts)}, variables=variables)
    cluster = Cluster(fleet, play)
    for name in ("collector", "east.K1.agent", "east.K2.agent"):
        make_client(hospital_keys, cluster.clients, name)
    return cluster


def test_the_playbook_makes_a_cluster(cluster: Cluster) -> None:
    assert cluster.play.ok, cluster.play.output


def test_a_message_reaches_the_collector_at_another_machine(cluster: Cluster) -> None:
    with cluster.listen(cluster.fleet["n2"]) as listener:
        cluster.publish(cluster.fleet["n3"], "east.K1.agent", "hello")
        assert _line(listener) == "hello"


def test_a_terminal_cannot_speak_for_another(cluster: Cluster) -> None:
    with cluster.listen(cluster.fleet["n2"]) as listener:
        cluster.publish(cluster.fleet["n3"], "east.K2.agent", "forged")
        cluster.publish(cluster.fleet["n3"], "east.K1.agent", "true")
        assert _line(listener) == "true"


def test_a_certificate_of_another_authority_is_not_let_in(cluster: Cluster, tmp_path: Path) -> None:
    make_client(make_hospital_keys(tmp_path), cluster.clients, "stranger")
    assert not cluster.let_in(cluster.fleet["n1"], "stranger")
    assert cluster.let_in(cluster.fleet["n1"], "east.K1.agent")


def test_the_loss_of_one_machine_is_survived(cluster: Cluster) -> None:
    cluster.fleet["n1"].power_cut()
    with cluster.listen(cluster.fleet["n2"]) as listener:
        cluster.publish(cluster.fleet["n3"], "east.K1.agent", "still here")
        assert _line(listener) == "still here"
