import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

class AmqpClient {
  private static final BasicProperties OLD =
      new BasicProperties.Builder().headers(Map.of("traceparent", Service.OLD)).build();

  static final Map<String, Peer.Shape> SHAPES =
      Map.of(
          "basicPublish", within((channel, queue) -> publish(channel, queue, null)),
          "basicPublish again", within((channel, queue) -> publish(channel, queue, OLD)),
          "basicConsume, DefaultConsumer", within(AmqpClient::consume),
          "basicConsume, DeliverCallback", within(AmqpClient::callback));

  /** What is done on a channel. */
  private interface Work {
    void run(Channel channel, String queue) throws Exception;
  }

  private static Peer.Shape within(Work work) {
    return (url, queue) -> {
      ConnectionFactory factory = new ConnectionFactory();
      factory.setUri(url);
      try (Connection connection = factory.newConnection();
          Channel channel = connection.createChannel()) {
        work.run(channel, queue);
      }
    };
  }

  private static void publish(Channel channel, String queue, BasicProperties properties) throws Exception {
    channel.confirmSelect();
    Service.checkout(() -> channel.basicPublish("", queue, properties, "{}".getBytes()));
    channel.waitForConfirmsOrDie(Service.SECONDS * 1000);
  }

  private static void consume(Channel channel, String queue) throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    channel.basicConsume(
        queue,
        new DefaultConsumer(channel) {
          @Override
          public void handleDelivery(String tag, Envelope envelope, BasicProperties properties, byte[] body)
              throws IOException {
            Service.handle(headers(properties));
            channel.basicAck(envelope.getDeliveryTag(), false);
            handled.countDown();
          }
        });
    Service.say("ready", null);
    handled.await();
  }

  private static void callback(Channel channel, String queue) throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    channel.basicConsume(
        queue,
        (tag, delivery) -> {
          Service.handle(headers(delivery.getProperties()));
          channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
          handled.countDown();
        },
        tag -> {});
    Service.say("ready", null);
    handled.await();
  }

  private static List<Service.Header> headers(BasicProperties properties) {
    if (properties.getHeaders() == null) {
      return List.of();
    }
    return properties.getHeaders().entrySet().stream()
        .map(entry -> new Service.Header(entry.getKey(), entry.getValue().toString()))
        .toList();
  }
}
