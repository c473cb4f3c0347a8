"""A booted host with the hospital's side, broker and collector, and terminals whose agents speak to it.

Broker and collector are the real ones, and so is the agent inside the small releases. Only the kiosk is a
stand-in, and the programs come from this checkout in place of wheels.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from booted import Fleet, Host
from hospital_keys import HospitalKeys, make_client, make_server
from release_folder import REPOSITORY, SHARED, share_packages
from rollout import Hospital, tail

from kiosk.journal import Journal

PRODUCT = "/srv/product"
COLLECTOR = "/opt/hospital-collector/current/venv/bin/edge-agent"
PYTHON = f"PYTHONPATH={PRODUCT}:{SHARED}"
STATE = "/var/lib/hospital-kiosk"
KEYS = "/etc/hospital-kiosk"

AGENT_UNIT = """[Unit]
Description=The agent of a small release
[Service]
Type=exec
ExecStart=/opt/hospital-kiosk/current/agent
"""

# Its environment lies in a folder with VERSION beside it, as that of a real release does.
AGENT = f"""#!/bin/sh
set -e
release=/run/release-$(cat /opt/hospital-kiosk/current/VERSION)
mkdir -p $release/venv/bin
cp /opt/hospital-kiosk/current/VERSION $release/VERSION
echo 'home = /usr/bin' >$release/venv/pyvenv.cfg
ln -sf /usr/bin/python3 $release/venv/bin/python
sed 's/^device = .*/device = "NAME"/' /etc/hospital-kiosk/edge-agent.toml >$release/edge-agent.toml
exec env {PYTHON} $release/venv/bin/python -m edge_agent.cli run --config $release/edge-agent.toml
"""

_AGENT_TOML = """environment = "demo"
[place]
site = "east"
device = "{device}"
[files]
journal = "{state}/journal/journal.db"
wake = "{wake}"
state = "{state}/agent"
{mqtt}start_jitter_max_s = 0
retry_max_s = 1
"""

_COLLECTOR_TOML = """environment = "demo"
db = "/var/lib/hospital-collector/collector.db"
{mqtt}[web]
port = 9100
"""

_MQTT = """[mqtt]
host = "{broker}"
ca = "{keys}/ca.pem"
cert = "{keys}/{name}.crt"
key = "{keys}/{name}.key"
"""

_BROKER = """listener 8883
cafile /etc/mosquitto/ca.pem
certfile /etc/mosquitto/server.crt
keyfile /etc/mosquitto/server.key
require_certificate true
use_identity_as_username true
"""

_COLLECTOR_UNIT = """[Unit]
After=mosquitto.service
[Service]
Type=exec
User=collector
StateDirectory=hospital-collector
ExecStart={program} collect --config /etc/hospital-kiosk/collector.toml
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""


def agent_release(device: str) -> dict[str, str]:
    """Files of a small release whose agent calls its terminal `device`."""
    return {"units/edge-agent.service": AGENT_UNIT, "agent": AGENT.replace("NAME", device)}


def prepare(fleet: Fleet, keys: HospitalKeys, terminals: dict[str, str], collector: str) -> None:
    """Lay everything on the disks of hosts that do not run yet; `terminals`: host -> device."""
    share_packages(fleet)
    fleet.shared[REPOSITORY] = PRODUCT
    broker = fleet[collector].address
    for name, device in terminals.items():
        host = fleet[name]
        _lay_keys(fleet, keys, host, "agent")
        settings = agent_settings(device, broker, state=STATE, wake="/run/wake", keys=KEYS, name="agent")
        host.write("etc/hospital-kiosk/edge-agent.toml", settings)
        begin_journal(host.root / STATE.removeprefix("/"))
    _lay_collector(fleet, keys, fleet[collector], broker)


def agent_settings(device: str, broker: str, *, state: str, wake: str, keys: str, name: str) -> str:
    """`edge-agent.toml`; below `state` lie journal and agent, in `keys` its certificate `<name>.crt`."""
    mqtt = _MQTT.format(broker=broker, keys=keys, name=name)
    return _AGENT_TOML.format(device=device, state=state, wake=wake, mqtt=mqtt)


def begin_journal(state: Path) -> None:
    """The journal of a terminal, with one entry to deliver."""
    with Journal.open(state / "journal/journal.db", hospital_seal=None, reserve_bytes=4096) as journal:
        journal.append("count.made", {"n": 1})


def _lay_collector(fleet: Fleet, keys: HospitalKeys, host: Host, broker: str) -> None:
    folder = _lay_keys(fleet, keys, host, "collector")
    make_server(keys, folder, broker)
    for name in ("ca.pem", "server.crt", "server.key"):
        host.write(f"etc/mosquitto/{name}", (folder / name).read_text(encoding="ascii"))
    host.write("etc/mosquitto/conf.d/hospital.conf", _BROKER)
    subprocess.run(
        ["chroot", str(host.root), "useradd", "--system", "--shell", "/usr/sbin/nologin", "collector"],
        check=True,
    )
    mqtt = _MQTT.format(broker=broker, keys=KEYS, name="collector")
    host.write("etc/hospital-kiosk/collector.toml", _COLLECTOR_TOML.format(mqtt=mqtt))
    program = f'#!/bin/sh\nexec env {PYTHON} /usr/bin/python3 -m edge_agent.cli "$@"\n'
    host.write(COLLECTOR.removeprefix("/"), program, mode=0o755)
    host.write("etc/systemd/system/hospital-collector.service", _COLLECTOR_UNIT.format(program=COLLECTOR))
    links = ["systemctl", f"--root={host.root}", "enable", "-q", "mosquitto", "hospital-collector"]
    subprocess.run(links, check=True, capture_output=True)


def _lay_keys(fleet: Fleet, keys: HospitalKeys, host: Host, name: str) -> Path:
    """A certificate for a client on the host; the folder on this side."""
    folder = fleet.folder / f"keys-{host.name}"
    make_client(keys, folder, name)
    for part in ("ca.pem", f"{name}.crt", f"{name}.key"):
        host.write(f"etc/hospital-kiosk/{part}", (folder / part).read_text(encoding="ascii"))
    return folder


def first_release(hospital: Hospital, own: dict[str, dict[str, object]], first: str) -> None:
    """Guard and release 1.0 on the terminals, whose services and names are those of `own`."""
    for host in hospital.fleet.hosts.values():
        hospital.wait_for(host)
    hospital.bundle("1.0", files=agent_release("K1"))
    play = hospital.play(first, "1.0", host_variables=own, guard_services=None, guard_agent_ack=None)
    assert play.ok, tail(play)
