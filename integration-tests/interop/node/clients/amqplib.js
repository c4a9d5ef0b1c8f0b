'use strict';

const amqplib = require('amqplib');
const { OLD, say, checkout, handle } = require('../service');

async function publish(url, queue, headers) {
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  await checkout(async () => channel.publish('', queue, Buffer.from('{}'), { headers }));
  // All that was written is sent before the channel is closed.
  await channel.close();
  await connection.close();
}

async function publishConfirmed(url, queue) {
  const connection = await amqplib.connect(url);
  const channel = await connection.createConfirmChannel();
  await checkout(async () => {
    channel.publish('', queue, Buffer.from('{}'));
    await channel.waitForConfirms();
  });
  await connection.close();
}

async function consume(url, queue) {
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  let handled;
  const done = new Promise((resolve) => (handled = resolve));
  await channel.consume(queue, (message) => {
    handle(message.properties.headers);
    channel.ack(message);
    handled();
  });
  say('ready');
  await done;
  await channel.close();
  await connection.close();
}

module.exports = {
  publish: (url, queue) => publish(url, queue, {}),
  'publish again': (url, queue) => publish(url, queue, { ...OLD }),
  'publish, confirmed': publishConfirmed,
  consume,
};
