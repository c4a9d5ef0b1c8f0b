import java.util.Map;

/**
 * A service in Java, with OpenTelemetry's agent: it sends one message, or handles one.
 *
 * <p>Arguments: client, shape, address of the broker, destination. What it did is said on the standard output, a JSON object a line;
 * its spans go over OTLP. It ends when its standard input does.
 */
class Peer {
  /** One way to send a message or to handle one. */
  interface Shape {
    void run(String address, String destination) throws Exception;
  }

  private static final Map<String, Map<String, Shape>> CLIENTS =
      Map.of("kafka-clients", KafkaClients.SHAPES, "amqp-client", AmqpClient.SHAPES, "jnats", Jnats.SHAPES);

  private static void endWithStandardInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (java.io.IOException closed) {
      // It has ended.
    }
    Runtime.getRuntime().halt(1);
  }

  public static void main(String[] arguments) throws Exception {
    Thread watch = new Thread(Peer::endWithStandardInput);
    watch.setDaemon(true);
    watch.start();
    try {
      CLIENTS.get(arguments[0]).get(arguments[1]).run(arguments[2], arguments[3]);
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    Service.say("done", null);
    // The agent exports what is left.
    System.exit(0);
  }
}
