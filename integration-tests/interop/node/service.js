// What all services in Node do.
'use strict';

const { context, propagation, trace, ROOT_CONTEXT } = require('@opentelemetry/api');

/** An application's own header that stands there twice, for transports that can hold it. */
const NOTES = { 'x-note': ['one', 'two'] };
/** What a message that is sent once more brings along. */
const OLD = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

function say(what, more = {}) {
  console.log(JSON.stringify({ said: what, ...more }));
}

/** Runs `send` in a span, in the trace and with the baggage that this program was given. */
async function checkout(send) {
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate, BAGGAGE: baggage } = process.env;
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent, tracestate, baggage });
  await context.with(parent, () =>
    trace.getTracer('peer').startActiveSpan('checkout', async (span) => {
      await send();
      span.end();
    }),
  );
}

/** What the application does with a message, whose headers are an object of values or arrays of them. */
function handle(headers) {
  trace.getTracer('peer').startActiveSpan('handle', (span) => {
    const tenant = propagation.getActiveBaggage()?.getEntry('tenant');
    if (tenant) span.setAttribute('interop.tenant', tenant.value);
    span.end();
  });
  const pairs = Object.entries(headers ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, String(value)]),
  );
  say('message', { headers: pairs });
}

module.exports = { NOTES, OLD, say, checkout, handle };
