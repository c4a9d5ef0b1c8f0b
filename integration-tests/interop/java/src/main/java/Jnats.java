import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

class Jnats {
  static final Map<String, Peer.Shape> SHAPES =
      Map.of(
          "publish", within(Jnats::publish),
          "publish again", within(Jnats::publishAgain),
          "request", within(Jnats::request),
          "JetStream publish", within(Jnats::store),
          "Dispatcher", within(Jnats::dispatcher),
          "Dispatcher, replies", within(Jnats::replies),
          "JetStream, push", within(Jnats::stored));

  private static final Duration DEADLINE = Duration.ofSeconds(Service.SECONDS);

  /** What is done on a connection. */
  private interface Work {
    void run(Connection connection, String subject) throws Exception;
  }

  private static Peer.Shape within(Work work) {
    return (address, subject) -> {
      try (Connection connection = Nats.connect(address)) {
        work.run(connection, subject);
      }
    };
  }

  private static Message message(String subject, Headers headers) {
    return NatsMessage.builder().subject(subject).headers(headers).data("{}").build();
  }

  private static Headers notes() {
    return new Headers().add(Service.NOTE, Service.NOTES);
  }

  private static void publish(Connection connection, String subject) throws Exception {
    Service.checkout(() -> connection.publish(message(subject, notes())));
    connection.flush(DEADLINE);
  }

  private static void publishAgain(Connection connection, String subject) throws Exception {
    Service.checkout(() -> connection.publish(message(subject, notes().add("traceparent", Service.OLD))));
    connection.flush(DEADLINE);
  }

  private static void request(Connection connection, String subject) throws Exception {
    Service.checkout(
        () -> {
          Message reply = connection.request(message(subject, notes()), DEADLINE);
          if (reply == null) {
            throw new IllegalStateException("no reply");
          }
        });
  }

  private static void store(Connection connection, String subject) throws Exception {
    Service.checkout(() -> connection.jetStream().publish(message(subject, notes())));
  }

  private static void dispatcher(Connection connection, String subject) throws Exception {
    handleOne(connection, subject, message -> {});
  }

  private static void replies(Connection connection, String subject) throws Exception {
    handleOne(connection, subject, message -> connection.publish(message.getReplyTo(), "{}".getBytes()));
    connection.flush(DEADLINE);
  }

  private static void stored(Connection connection, String subject) throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    Dispatcher dispatcher = connection.createDispatcher();
    connection
        .jetStream()
        .subscribe(
            subject,
            dispatcher,
            message -> {
              Service.handle(headers(message));
              message.ack();
              handled.countDown();
            },
            false,
            PushSubscribeOptions.builder().build());
    Service.say("ready", null);
    handled.await();
    connection.flush(DEADLINE);
  }

  private static void handleOne(Connection connection, String subject, java.util.function.Consumer<Message> then)
      throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    Dispatcher dispatcher =
        connection.createDispatcher(
            message -> {
              Service.handle(headers(message));
              then.accept(message);
              handled.countDown();
            });
    dispatcher.subscribe(subject);
    connection.flush(DEADLINE);
    Service.say("ready", null);
    handled.await();
  }

  private static List<Service.Header> headers(Message message) {
    List<Service.Header> headers = new ArrayList<>();
    if (message.hasHeaders()) {
      message
          .getHeaders()
          .forEach((name, values) -> values.forEach(value -> headers.add(new Service.Header(name, value))));
    }
    return headers;
  }
}
