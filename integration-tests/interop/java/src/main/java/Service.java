import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.baggage.Baggage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What all services in Java do. */
class Service {
  static final long SECONDS = 30;

  /** An application's own header that stands there twice, for transports that can hold it. */
  static final String NOTE = "x-note";

  static final List<String> NOTES = List.of("one", "two");

  /** What a message that is sent once more brings along. */
  static final String OLD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  /** A header as it came. */
  record Header(String name, String value) {}

  /** What may fail. */
  interface Work {
    void run() throws Exception;
  }

  private enum Variables implements TextMapGetter<Map<String, String>> {
    GETTER;

    @Override
    public Iterable<String> keys(Map<String, String> variables) {
      return List.of("traceparent", "tracestate", "baggage");
    }

    @Override
    public String get(Map<String, String> variables, String name) {
      return variables.get(name.toUpperCase());
    }
  }

  static void say(String what, List<Header> headers) {
    String pairs = "";
    if (headers != null) {
      pairs =
          headers.stream()
              .map(header -> "[" + quoted(header.name()) + "," + quoted(header.value()) + "]")
              .collect(Collectors.joining(",", ",\"headers\":[", "]"));
    }
    System.out.println("{\"said\":" + quoted(what) + pairs + "}");
    System.out.flush();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** Runs this in a span, in the trace and with the baggage that this program was given. */
  static void checkout(Work send) throws Exception {
    Context parent =
        GlobalOpenTelemetry.getPropagators()
            .getTextMapPropagator()
            .extract(Context.root(), System.getenv(), Variables.GETTER);
    Span span = GlobalOpenTelemetry.getTracer("peer").spanBuilder("checkout").setParent(parent).startSpan();
    try (Scope scope = parent.with(span).makeCurrent()) {
      send.run();
    } finally {
      span.end();
    }
  }

  /** What the application does with a message. */
  static void handle(List<Header> headers) {
    Span span = GlobalOpenTelemetry.getTracer("peer").spanBuilder("handle").startSpan();
    String tenant = Baggage.current().getEntryValue("tenant");
    if (tenant != null) {
      span.setAttribute("interop.tenant", tenant);
    }
    span.end();
    say("message", headers);
  }
}
