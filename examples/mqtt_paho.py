"""MQTT over TLCP with paho-mqtt: ``python mqtt_paho.py HOST PORT CA.pem``."""

import sys

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tongsuo_py import ssl

if len(sys.argv) != 4:
    sys.exit(__doc__)
host, port, ca = sys.argv[1:]
client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.tls_set_context(ssl.create_ntls_context(cafile=ca))


@client.connect_callback()
def on_connect(client: mqtt.Client, *_: object) -> None:
    """Ask for the readings, then send one."""
    sock = client.socket()
    assert isinstance(sock, ssl.SSLSocket)
    print(sock.cipher())
    client.subscribe("meters/#", qos=1)
    client.publish("meters/42", "1234.5 kWh", qos=1)


@client.message_callback()
def on_message(client: mqtt.Client, _: object, message: mqtt.MQTTMessage) -> None:
    """The broker has sent it back to us, who subscribed to it."""
    print(message.topic, message.payload.decode())
    client.disconnect()


client.connect(host, int(port))
client.loop_forever()
