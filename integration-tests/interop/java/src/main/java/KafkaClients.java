import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

class KafkaClients {
  static final Map<String, Peer.Shape> SHAPES =
      Map.of(
          "send", (address, topic) -> send(address, topic, false),
          "send again", (address, topic) -> send(address, topic, true),
          "poll", (address, topic) -> consume(address, topic, KafkaClients::all),
          "poll, one partition", (address, topic) -> consume(address, topic, KafkaClients::ofPartition));

  /** How an application goes through what it polled. */
  private interface Way {
    Iterable<ConsumerRecord<String, String>> through(ConsumerRecords<String, String> records, String topic);
  }

  private static Iterable<ConsumerRecord<String, String>> all(
      ConsumerRecords<String, String> records, String topic) {
    return records;
  }

  private static Iterable<ConsumerRecord<String, String>> ofPartition(
      ConsumerRecords<String, String> records, String topic) {
    return records.records(new TopicPartition(topic, 0));
  }

  private static void send(String address, String topic, boolean again) throws Exception {
    Map<String, Object> settings = settings(address);
    settings.put("key.serializer", StringSerializer.class);
    settings.put("value.serializer", StringSerializer.class);
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
      ProducerRecord<String, String> record = new ProducerRecord<>(topic, "{}");
      Headers headers = record.headers();
      if (again) {
        headers.add("traceparent", Service.OLD.getBytes());
      }
      Service.NOTES.forEach(note -> headers.add(Service.NOTE, note.getBytes()));
      Service.checkout(() -> producer.send(record).get(Service.SECONDS, TimeUnit.SECONDS));
    }
  }

  private static void consume(String address, String topic, Way way) {
    Map<String, Object> settings = settings(address);
    settings.put("key.deserializer", StringDeserializer.class);
    settings.put("value.deserializer", StringDeserializer.class);
    settings.put("group.id", topic);
    settings.put("auto.offset.reset", "earliest");
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
      consumer.subscribe(List.of(topic));
      Service.say("ready", null);
      boolean handled = false;
      while (!handled) {
        for (ConsumerRecord<String, String> record : way.through(consumer.poll(Duration.ofMillis(500)), topic)) {
          List<Service.Header> headers = new ArrayList<>();
          record.headers().forEach(it -> headers.add(new Service.Header(it.key(), new String(it.value()))));
          Service.handle(headers);
          handled = true;
        }
      }
    }
  }

  private static Map<String, Object> settings(String address) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", address);
    return settings;
  }
}
