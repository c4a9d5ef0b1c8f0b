'use strict';

const { Kafka, logLevel } = require('kafkajs');
const { NOTES, OLD, say, checkout, handle } = require('../service');

const connect = (address) => new Kafka({ brokers: address.split(','), logLevel: logLevel.ERROR });

async function send(address, request) {
  const producer = connect(address).producer();
  await producer.connect();
  await checkout(() => request(producer));
  await producer.disconnect();
}

async function consume(address, topic, run) {
  const consumer = connect(address).consumer({ groupId: topic, maxWaitTimeInMs: 10 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  say('ready');
  await new Promise((handled) => consumer.run(run(handled)));
  await consumer.disconnect();
}

module.exports = {
  send: (address, topic) =>
    send(address, (producer) => producer.send({ topic, messages: [{ value: '{}', headers: { ...NOTES } }] })),
  'send again': (address, topic) =>
    send(address, (producer) =>
      producer.send({ topic, messages: [{ value: '{}', headers: { ...OLD, ...NOTES } }] }),
    ),
  sendBatch: (address, topic) =>
    send(address, (producer) =>
      producer.sendBatch({ topicMessages: [{ topic, messages: [{ value: '{}', headers: { ...NOTES } }] }] }),
    ),
  eachMessage: (address, topic) =>
    consume(address, topic, (handled) => ({
      eachMessage: async ({ message }) => {
        handle(message.headers);
        handled();
      },
    })),
  eachBatch: (address, topic) =>
    consume(address, topic, (handled) => ({
      eachBatch: async ({ batch }) => {
        for (const message of batch.messages) handle(message.headers);
        handled();
      },
    })),
};
