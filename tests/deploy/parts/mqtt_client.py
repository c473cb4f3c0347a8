"""An MQTT client with a certificate, run on the controller inside the fleet's network.

python mqtt_client.py HOST FOLDER NAME publish TOPIC TEXT     exit 0 when the broker has confirmed it
python mqtt_client.py HOST FOLDER NAME expect TOPIC           says "subscribed", then prints the first message
python mqtt_client.py HOST FOLDER NAME connect                exit 0 when let in
FOLDER holds ca.pem and NAME.crt, NAME.key. Exit 1: refused, or nothing came in time.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import paho.mqtt.client as mqtt

ANSWER_MAX_S = 120.0
RETRY_S = 1.0


def main() -> int:
    host, folder, name, what, *rest = sys.argv[1:]
    done, up, answered = threading.Event(), threading.Event(), threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"test-{name}", protocol=mqtt.MQTTv311)
    client.tls_set(f"{folder}/ca.pem", f"{folder}/{name}.crt", f"{folder}/{name}.key")

    def connected(client: Any, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            print(f"refused: {reason}", flush=True)
            return
        up.set()
        answered.set()
        if what == "expect":
            client.subscribe(rest[0], qos=1)

    def disconnected(*_: Any) -> None:
        if what == "connect":  # TLS 1.3 refuses a certificate after the handshake, by hanging up
            answered.set()

    def subscribed(client: Any, _: Any, __: Any, answers: list[Any], ___: Any) -> None:
        if not answers[0].is_failure:
            print("subscribed", flush=True)
        elif not done.wait(RETRY_S):  # a cluster that elects a new leader refuses for a while
            client.subscribe(rest[0], qos=1)

    def message(_: Any, __: Any, message: Any) -> None:
        print(message.payload.decode(), flush=True)
        done.set()

    client.on_connect, client.on_disconnect = connected, disconnected
    client.on_subscribe, client.on_message = subscribed, message
    client.connect(host, 8883)
    client.loop_start()
    try:
        answered.wait(ANSWER_MAX_S)
        if not up.is_set():
            return 1
        if what == "publish":
            sent = client.publish(rest[0], rest[1], qos=1)
            sent.wait_for_publish(ANSWER_MAX_S)
            return 0 if sent.is_published() else 1
        return 0 if what == "connect" or done.wait(ANSWER_MAX_S) else 1
    finally:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as exc:
        print(f"refused: {exc}", flush=True)
        sys.exit(1)
