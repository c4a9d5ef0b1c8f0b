import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;

/**
 * A service in Java that sends one order and handles it. OpenTelemetry's agent exports the spans, over the protocol that
 * `OTEL_EXPORTER_OTLP_PROTOCOL` names, when this ends.
 */
class Export {
  private static SpanBuilder operation(SpanBuilder span, String name) {
    return span.setAttribute("messaging.system", "kafka")
        .setAttribute("messaging.destination.name", "orders")
        .setAttribute("messaging.operation.name", name)
        .setAttribute("messaging.operation.type", name);
  }

  public static void main(String[] arguments) {
    Tracer tracer = GlobalOpenTelemetry.get().tracerBuilder("shop").setInstrumentationVersion("0.1.0").build();
    Span request =
        tracer.spanBuilder("POST /orders").setNoParent().setSpanKind(SpanKind.SERVER).setAttribute("user.id", "42").startSpan();
    Span send =
        operation(tracer.spanBuilder("send orders"), "send")
            .setParent(Context.root().with(request))
            .setSpanKind(SpanKind.PRODUCER)
            .startSpan();
    send.end();
    request.end();
    Span process =
        operation(tracer.spanBuilder("process orders"), "process")
            .setNoParent()
            .setSpanKind(SpanKind.CONSUMER)
            .addLink(send.getSpanContext())
            .setAttribute("messaging.consumer.group.name", "billing")
            .setAttribute("error.type", "no_stock")
            .setAttribute("typed.text", "Grüße, \"Welt\" <b>")
            .setAttribute("typed.bool", true)
            .setAttribute("typed.int", -42)
            .setAttribute("typed.float", 0.5)
            .setAttribute(stringArrayKey("typed.list"), List.of("a", "b"))
            .startSpan();
    process.addEvent("checked", Attributes.of(AttributeKey.longKey("items"), 3L));
    process.setStatus(StatusCode.ERROR, "no stock");
    process.end();
    Service.say("done", null);
    // The agent exports what is left.
    System.exit(0);
  }
}
