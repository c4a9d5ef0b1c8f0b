"""A service in Python, with one of OpenTelemetry's instrumentations: it sends one message, or handles one.

Arguments: client, shape, address of the broker, destination. What it did is said on the standard output, a JSON object a line; its
spans go over OTLP. It ends when its standard input does.
"""

import importlib
import os
import sys
import threading

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

import service


def end_with_standard_input():
    sys.stdin.read()
    os._exit(1)


def main():
    client, shape, address, destination = sys.argv[1:]
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    # Each of them turns its instrumentation on, and then loads its client.
    shapes = importlib.import_module("clients." + client.replace("-", "_")).SHAPES
    shapes[shape](address, destination)
    provider.shutdown()
    service.say("done")
    os._exit(0)


if __name__ == "__main__":
    main()
