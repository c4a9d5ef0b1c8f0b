// A service in Node that sends one order and handles it, and exports the spans by one of OpenTelemetry's exporters.
//
// Argument: the protocol, as `OTEL_EXPORTER_OTLP_PROTOCOL` calls it. It is done when its spans were exported.
'use strict';

const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { detectResources, envDetector } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
const { say } = require('./service');

const EXPORTERS = {
  grpc: '@opentelemetry/exporter-trace-otlp-grpc',
  'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
  'http/json': '@opentelemetry/exporter-trace-otlp-http',
};
const ORDERS = { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' };

const operation = (name) => ({ 'messaging.operation.name': name, 'messaging.operation.type': name });

async function main() {
  const { OTLPTraceExporter } = require(EXPORTERS[process.argv[2]]);
  const provider = new NodeTracerProvider({
    resource: detectResources({ detectors: [envDetector] }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('shop', '0.1.0');
  const request = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER, attributes: { 'user.id': '42' } }, ROOT_CONTEXT);
  const send = tracer.startSpan(
    'send orders',
    { kind: SpanKind.PRODUCER, attributes: { ...ORDERS, ...operation('send') } },
    trace.setSpan(ROOT_CONTEXT, request),
  );
  send.end();
  request.end();
  const handler = tracer.startSpan(
    'process orders',
    {
      kind: SpanKind.CONSUMER,
      links: [{ context: send.spanContext() }],
      attributes: {
        ...ORDERS,
        ...operation('process'),
        'messaging.consumer.group.name': 'billing',
        'error.type': 'no_stock',
        'typed.text': 'Grüße, "Welt" <b>',
        'typed.bool': true,
        'typed.int': -42,
        'typed.float': 0.5,
        'typed.list': ['a', 'b'],
      },
    },
    ROOT_CONTEXT,
  );
  handler.addEvent('checked', { items: 3 });
  handler.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
  handler.end();
  await provider.shutdown();
  say('done');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
