// A service in Node, with OpenTelemetry's instrumentations: it sends one message, or handles one.
//
// Arguments: client, shape, address of the broker, destination. What it did is said on the standard output, a JSON object a line; its
// spans go over OTLP. It ends when its standard input does.
'use strict';

const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { AmqplibInstrumentation } = require('@opentelemetry/instrumentation-amqplib');
const { KafkaJsInstrumentation } = require('@opentelemetry/instrumentation-kafkajs');
const { detectResources, envDetector } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const [client, shape, address, destination] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(1)).resume();

const provider = new NodeTracerProvider({
  resource: detectResources({ detectors: [envDetector] }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
// Before the clients are loaded.
registerInstrumentations({
  instrumentations: [
    new KafkaJsInstrumentation(),
    new AmqplibInstrumentation({ useLinksForConsume: process.env.INTEROP_USE_LINKS_FOR_CONSUME === 'true' }),
  ],
});

async function main() {
  const { say } = require('./service');
  await require(`./clients/${client}`)[shape](address, destination);
  await provider.shutdown();
  say('done');
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
