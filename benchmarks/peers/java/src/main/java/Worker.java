import com.sun.management.OperatingSystemMXBean;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.instrumentation.kafkaclients.v2_6.KafkaTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The same work as the workers in Rust, with Kafka's Java client and OpenTelemetry's library for it. A line with a number of
 * messages comes in, and a line with what they took goes out: messages, nanoseconds, nanoseconds of CPU of the whole process.
 *
 * <p>Arguments: step (send, receive), style (bare, wrap, interceptors), broker, sink, topic to read, bytes of a payload.
 */
class Worker {
  private static final int PARTITIONS = 4;
  private static final int IN_FLIGHT = 1000;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final String style;
  private final String broker;
  private final String topic;
  private final byte[] payload;
  private SdkTracerProvider provider;
  private KafkaTelemetry telemetry;

  private Worker(String style, String broker, String sink, String topic, int size) {
    this.style = style;
    this.broker = broker;
    this.topic = topic;
    this.payload = new byte[size];
    if (!style.equals("bare")) {
      // As large as the queue and the batches of the workers in Rust.
      BatchSpanProcessor processor =
          BatchSpanProcessor.builder(
                  OtlpHttpSpanExporter.builder().setEndpoint("http://" + sink + "/v1/traces").build())
              .setMaxQueueSize(65536)
              .setMaxExportBatchSize(512)
              .setScheduleDelay(Duration.ofMillis(200))
              .build();
      provider = SdkTracerProvider.builder().addSpanProcessor(processor).build();
      OpenTelemetrySdk sdk =
          OpenTelemetrySdk.builder()
              .setTracerProvider(provider)
              .setPropagators(ContextPropagators.create(W3CTraceContextPropagator.getInstance()))
              .buildAndRegisterGlobal();
      telemetry = KafkaTelemetry.create(sdk);
    }
  }

  /** The embedded cluster answers newer requests for its versions in a form that only librdkafka reads. */
  private static void askForVersionsAsItUsedToBe() throws ReflectiveOperationException {
    Field newest = ApiMessageType.class.getDeclaredField("highestSupportedVersion");
    newest.setAccessible(true);
    newest.setShort(ApiMessageType.API_VERSIONS, (short) 2);
  }

  public static void main(String[] arguments) throws Exception {
    askForVersionsAsItUsedToBe();
    Worker worker =
        new Worker(arguments[1], arguments[2], arguments[3], arguments[4], Integer.parseInt(arguments[5]));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    if (arguments[0].equals("send")) {
      try (Producer<byte[], byte[]> producer = worker.producer()) {
        System.out.println("ready");
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          worker.send(producer, Integer.parseInt(line.trim()));
        }
      }
    } else {
      try (Consumer<byte[], byte[]> consumer = worker.consumer()) {
        System.out.println("ready");
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          worker.receive(consumer, Integer.parseInt(line.trim()));
        }
      }
    }
    System.exit(0);
  }

  private void send(Producer<byte[], byte[]> producer, int messages) throws InterruptedException {
    long started = System.nanoTime();
    long cpu = SYSTEM.getProcessCpuTime();
    Semaphore places = new Semaphore(IN_FLIGHT);
    for (int number = 0; number < messages; number++) {
      places.acquire();
      producer.send(
          new ProducerRecord<>("orders", number % PARTITIONS, null, payload),
          (metadata, error) -> {
            if (error != null) {
              error.printStackTrace();
              System.exit(1);
            }
            places.release();
          });
    }
    places.acquire(IN_FLIGHT);
    end(messages, started, cpu);
  }

  /** Reads the whole topic each time. */
  private void receive(Consumer<byte[], byte[]> consumer, int messages) {
    List<TopicPartition> partitions =
        IntStream.range(0, PARTITIONS).mapToObj(number -> new TopicPartition(topic, number)).toList();
    consumer.assign(partitions);
    for (TopicPartition partition : partitions) {
      consumer.seek(partition, 0);
    }
    long started = System.nanoTime();
    long cpu = SYSTEM.getProcessCpuTime();
    long sum = 0;
    int handled = 0;
    while (handled < messages) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
      // The library's records make a span around each turn of a loop.
      for (ConsumerRecord<byte[], byte[]> record : records) {
        for (byte value : record.value()) {
          sum += value;
        }
        handled++;
      }
    }
    consumer.unsubscribe();
    if (sum == 1) {
      System.err.println(sum);
    }
    end(handled, started, cpu);
  }

  private void end(int messages, long started, long cpu) {
    if (provider != null) {
      provider.forceFlush().join(60, TimeUnit.SECONDS);
    }
    long elapsed = System.nanoTime() - started;
    System.out.println(messages + " " + elapsed + " " + (SYSTEM.getProcessCpuTime() - cpu));
    System.out.flush();
  }

  private Producer<byte[], byte[]> producer() {
    Map<String, Object> settings = settings();
    settings.put("key.serializer", ByteArraySerializer.class);
    settings.put("value.serializer", ByteArraySerializer.class);
    settings.put("linger.ms", 5);
    settings.put("enable.idempotence", false);
    if (style.equals("interceptors")) {
      settings.putAll(telemetry.producerInterceptorConfigProperties());
    }
    Producer<byte[], byte[]> producer = new KafkaProducer<>(settings);
    return style.equals("wrap") ? telemetry.wrap(producer) : producer;
  }

  private Consumer<byte[], byte[]> consumer() {
    Map<String, Object> settings = settings();
    settings.put("key.deserializer", ByteArrayDeserializer.class);
    settings.put("value.deserializer", ByteArrayDeserializer.class);
    settings.put("group.id", "checkout");
    settings.put("enable.auto.commit", false);
    settings.put("fetch.max.wait.ms", 10);
    if (style.equals("interceptors")) {
      settings.putAll(telemetry.consumerInterceptorConfigProperties());
    }
    Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings);
    return style.equals("wrap") ? telemetry.wrap(consumer) : consumer;
  }

  private Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", broker);
    settings.put("client.id", "checkout-1");
    // The embedded cluster knows no request for telemetry of clients.
    settings.put("enable.metrics.push", false);
    return settings;
  }
}
