"""Takes receipts from NATS, and mails them: a service of a team that has no Rust.

It needs nothing but Python. A real one has a NATS client and an OpenTelemetry SDK; here both are a few lines, so that the suite
runs wherever Python is.
"""

import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

SUBJECT = "receipts" + os.environ.get("SHOP_SUFFIX", "")
ENDPOINT = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/") + "/v1/traces"


def attribute(key, value):
    return {"key": key, "value": {"stringValue": value}}


def export(traceparent, started):
    """Sends the span of a message over OTLP, as JSON."""
    _, trace, parent, _ = traceparent.split("-")
    span = {
        "traceId": trace,
        "spanId": secrets.token_hex(8),
        "parentSpanId": parent,
        "flags": 0x301,  # sampled; the parent is of another process
        "name": "process " + SUBJECT,
        "kind": 5,  # CONSUMER
        "startTimeUnixNano": str(started),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": [
            attribute("messaging.system", "nats"),
            attribute("messaging.operation.name", "process"),
            attribute("messaging.operation.type", "process"),
            attribute("messaging.destination.name", SUBJECT),
        ],
        "links": [{"traceId": trace, "spanId": parent}],
    }
    resource = {"attributes": [attribute("service.name", "mailer")]}
    body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "mailer"}, "spans": [span]}]}]}
    request = urllib.request.Request(ENDPOINT, json.dumps(body).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).read()


def header(block, name):
    for line in block.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return None


def serve():
    server = urllib.parse.urlparse(os.environ["TRACEHOP_NATS_URL"])
    connection = socket.create_connection((server.hostname, server.port or 4222))
    stream = connection.makefile("rb")
    options = json.dumps({"headers": True, "verbose": False, "no_responders": False, "lang": "python", "version": "0"})
    connection.sendall(f"CONNECT {options}\r\nSUB {SUBJECT} 1\r\nPING\r\n".encode())
    for line in stream:
        words = line.split()
        if line.startswith(b"PING"):
            connection.sendall(b"PONG\r\n")
        elif line.startswith(b"PONG"):
            print("mailer is ready", flush=True)
        elif line.startswith(b"HMSG"):
            head, total = int(words[-2]), int(words[-1])
            started, message = time.time_ns(), stream.read(total + 2)
            traceparent = header(message[:head], "traceparent")
            if traceparent:
                threading.Thread(target=export, args=(traceparent, started)).start()
        elif line.startswith(b"MSG"):
            stream.read(int(words[-1]) + 2)
    sys.exit("NATS ended the connection")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve()
