"""Configuration: production demands what protects patients, and every refusal names the key."""

from __future__ import annotations

import pytest

from edge_agent.settings import AgentSettings, CollectorSettings
from kiosk.settings import SettingsError, load

AGENT = """
environment = "{environment}"
[place]
site = "main"
device = "{device}"
[files]
journal = "/var/lib/kiosk/journal/journal.db"
wake = "/run/edge-agent/wake.sock"
state = "/var/lib/edge-agent"
[mqtt]
host = "{host}"
{tls}
"""


@pytest.fixture
def agent(tmp_path):
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).touch()
    tls = "\n".join(f'{name} = "{tmp_path}/{name}.pem"' for name in ("ca", "cert", "key"))

    def loaded(environment="production", host="broker.hospital.test", tls=tls, device="kiosk-a01", extra=""):
        path = tmp_path / "edge-agent.toml"
        path.write_text(AGENT.format(environment=environment, host=host, tls=tls, device=device) + extra)
        return load(path, AgentSettings, env={})

    return loaded


def test_production_with_certificates_is_accepted(agent):
    assert agent().mqtt.encrypted


@pytest.mark.clause("S3-10.1.3")
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"tls": ""}, "production needs ca, cert and key"),
        ({"host": "127.0.0.1"}, "loopback"),
        ({"host": "localhost"}, "loopback"),
        ({"environment": "demo", "tls": ""}, "not loopback"),
        ({"tls": 'ca = "/nowhere/ca.pem"'}, "together or not at all"),
        ({"tls": 'ca = "/nowhere/a"\ncert = "/nowhere/b"\nkey = "/nowhere/c"'}, "no such file"),
        ({"environment": "testing"}, "environment"),
        ({"device": "kiosk/a01"}, "device"),
        ({"device": "+"}, "device"),
        ({"extra": "[uplink]\nbatch_entries = 5\n"}, "did you mean batch_entries_max"),
        ({"extra": "[uplink]\nbatch_entries_max = 0\n"}, "batch_entries_max"),
        ({"extra": "[uplink]\nwindow_entries = 5\n"}, "window_entries"),
        ({"extra": "[uplink]\nbatch_max_bytes = 99999999\n"}, "batch_max_bytes"),
    ],
)
def test_what_may_not_be_is_refused_by_name(agent, options, named):
    with pytest.raises(SettingsError, match=named):
        agent(**options)


def test_a_demo_may_use_loopback_in_clear(agent):
    assert not agent(environment="demo", host="127.0.0.1", tls="").mqtt.encrypted


def test_the_collectors_page_stays_on_loopback(tmp_path):
    path = tmp_path / "collector.toml"
    path.write_text(
        f'environment = "demo"\ndb = "{tmp_path}/c.db"\n[mqtt]\nhost = "127.0.0.1"\n'
        '[web]\nport = 8080\nhost = "0.0.0.0"\n'
    )
    with pytest.raises(SettingsError, match="not loopback"):
        load(path, CollectorSettings, env={})
