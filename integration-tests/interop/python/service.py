"""What all services in Python do."""

import contextlib
import json
import os

from opentelemetry import baggage, context, propagate, trace

SECONDS = 30
# An application's own header that stands there twice, for transports that can hold it.
NOTES = [("x-note", b"one"), ("x-note", b"two")]
# What a message that is sent once more brings along.
OLD = ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def say(what, **more):
    print(json.dumps({"said": what, **more}), flush=True)


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


@contextlib.contextmanager
def checkout():
    """The span in which a message is sent, in the trace and with the baggage that this program was given."""
    carrier = {name: os.environ[name.upper()] for name in ("traceparent", "tracestate", "baggage")}
    token = context.attach(propagate.extract(carrier))
    try:
        with trace.get_tracer("peer").start_as_current_span("checkout"):
            yield
    finally:
        context.detach(token)


def handle(headers):
    """What the application does with a message: `headers` are pairs, as they came."""
    with trace.get_tracer("peer").start_as_current_span("handle") as span:
        tenant = baggage.get_baggage("tenant")
        if tenant is not None:
            span.set_attribute("interop.tenant", tenant)
    say("message", headers=[[name, text(value)] for name, value in headers])
