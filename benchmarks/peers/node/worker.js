// The same work as the workers in Rust, with kafkajs or amqplib and OpenTelemetry's libraries for them. A line with a number of
// messages comes in, and a line with what they took goes out: messages, nanoseconds, nanoseconds of CPU of the whole process.
//
// Arguments: client (kafkajs, amqplib), step (send, receive), style (bare, otel), broker, sink, topic to read, bytes of a payload.
'use strict';

const readline = require('node:readline');

const [client, step, style, broker, sink, topic, size] = process.argv.slice(2);
const payload = Buffer.alloc(Number(size), 'x');
const PARTITIONS = 4;
const KAFKA_BATCH = 100;
const CONFIRMS = 500;

/** Must come before the client is loaded. */
function telemetry() {
  const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node');
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
  const { registerInstrumentations } = require('@opentelemetry/instrumentation');
  const { KafkaJsInstrumentation } = require('@opentelemetry/instrumentation-kafkajs');
  const { AmqplibInstrumentation } = require('@opentelemetry/instrumentation-amqplib');
  // Flushing exports all batches at once, and loses those beyond the limit.
  const exporter = new OTLPTraceExporter({ url: `http://${sink}/v1/traces`, concurrencyLimit: 1000 });
  // As large as the queue and the batches of the workers in Rust.
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: 65536,
    maxExportBatchSize: 512,
    scheduledDelayMillis: 200,
  });
  const provider = new NodeTracerProvider({ spanProcessors: [processor] });
  provider.register();
  registerInstrumentations({ instrumentations: [new KafkaJsInstrumentation(), new AmqplibInstrumentation()] });
  return provider;
}

const provider = style === 'otel' ? telemetry() : undefined;

class Clock {
  constructor() {
    this.started = process.hrtime.bigint();
    this.cpu = process.cpuUsage();
  }

  async stop(messages) {
    // Spans that the exporter refuses are lost; the sink tells how many.
    if (provider) await provider.forceFlush().catch(() => {});
    const { user, system } = process.cpuUsage(this.cpu);
    const elapsed = process.hrtime.bigint() - this.started;
    console.log(`${messages} ${elapsed} ${(user + system) * 1000}`);
  }
}

let sum = 0;
function handle(bytes) {
  for (const value of bytes) sum += value;
}

async function kafka() {
  const { Kafka, logLevel } = require('kafkajs');
  const kafka = new Kafka({ clientId: 'checkout-1', brokers: [broker], logLevel: logLevel.NOTHING });
  if (step === 'send') {
    const producer = kafka.producer();
    await producer.connect();
    return async (count) => {
      const clock = new Clock();
      for (let sent = 0; sent < count; sent += KAFKA_BATCH) {
        const messages = [];
        for (let number = 0; number < KAFKA_BATCH; number++) {
          messages.push({ value: payload, partition: number % PARTITIONS });
        }
        await producer.send({ topic: 'orders', messages });
      }
      await clock.stop(Math.ceil(count / KAFKA_BATCH) * KAFKA_BATCH);
    };
  }
  // A group of its own each time: kafkajs has no other way to begin anew.
  return async (count) => {
    const groupId = `checkout-${process.pid}-${process.hrtime.bigint()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 10 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const clock = new Clock();
    let handled = 0;
    await new Promise((done) => {
      consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => {
          if (handled < count) handle(message.value);
          if (++handled === count) done();
        },
      });
    });
    consumer.pause([{ topic }]);
    await clock.stop(count);
    await consumer.disconnect();
  };
}

async function amqp() {
  const connection = await require('amqplib').connect(`amqp://guest:guest@${broker}`);
  if (step === 'send') {
    const channel = await connection.createConfirmChannel();
    return async (count) => {
      const clock = new Clock();
      for (let sent = 0; sent < count; sent += CONFIRMS) {
        const now = Math.min(CONFIRMS, count - sent);
        for (let number = 0; number < now; number++) channel.publish('', 'orders', payload);
        await channel.waitForConfirms();
      }
      await clock.stop(count);
    };
  }
  const channel = await connection.createChannel();
  let take;
  await channel.consume(topic, (message) => take(message), { noAck: true });
  return async (count) => {
    const clock = new Clock();
    let handled = 0;
    const done = new Promise((resolve) => {
      take = (message) => {
        handle(message.content);
        if (++handled === count) resolve();
      };
    });
    channel.publish('', 'deliver', Buffer.from(`${topic} ${count}`));
    await done;
    await clock.stop(count);
  };
}

async function main() {
  const slice = await (client === 'kafkajs' ? kafka() : amqp());
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) await slice(Number(line));
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
