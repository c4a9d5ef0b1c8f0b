// The same work as the workers in Rust, with franz-go and its OpenTelemetry plugin kotel. A line with a number of messages comes
// in, and a line with what they took goes out: messages, nanoseconds, nanoseconds of CPU of the whole process.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/plugin/kotel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
)

const (
	topic      = "orders"
	partitions = 4
	inFlight   = 1000
)

// Arguments: step (send, receive), style (bare, kotel), broker, sink, topic to read, bytes of a payload.
func main() {
	step, style, broker, sink, from := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	size, err := strconv.Atoi(os.Args[6])
	check(err)
	ctx := context.Background()
	options := []kgo.Opt{
		kgo.SeedBrokers(broker),
		// The embedded cluster answers newer requests for its versions in a form that only librdkafka reads.
		kgo.MaxVersions(kversion.V2_3_0()),
		kgo.ClientID("checkout-1"),
		kgo.DisableIdempotentWrite(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(5 * time.Millisecond),
		kgo.MaxBufferedRecords(2 * inFlight),
		kgo.FetchMaxWait(10 * time.Millisecond),
	}
	var provider *trace.TracerProvider
	var tracer *kotel.Tracer
	if style == "kotel" {
		provider = telemetry(ctx, sink)
		tracer = kotel.NewTracer(
			kotel.TracerProvider(provider),
			kotel.TracerPropagator(propagation.TraceContext{}),
			kotel.ClientID("checkout-1"),
			kotel.ConsumerGroup("checkout"),
		)
		options = append(options, kgo.WithHooks(kotel.NewKotel(kotel.WithTracer(tracer)).Hooks()...))
	}
	client, err := kgo.NewClient(options...)
	check(err)
	check(client.Ping(ctx))
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		messages, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		check(err)
		var started time.Time
		var cpu int64
		if step == "send" {
			started, cpu = time.Now(), cpuTime()
			send(ctx, client, messages, make([]byte, size))
		} else {
			started, cpu = receive(ctx, client, tracer, messages, from)
		}
		if provider != nil {
			check(provider.ForceFlush(ctx))
		}
		fmt.Println(messages, time.Since(started).Nanoseconds(), cpuTime()-cpu)
	}
}

func send(ctx context.Context, client *kgo.Client, messages int, payload []byte) {
	places := make(chan struct{}, inFlight)
	var answers sync.WaitGroup
	answers.Add(messages)
	for number := range messages {
		places <- struct{}{}
		record := &kgo.Record{Topic: topic, Partition: int32(number % partitions), Value: payload}
		client.Produce(ctx, record, func(_ *kgo.Record, err error) {
			check(err)
			<-places
			answers.Done()
		})
	}
	answers.Wait()
}

// Reads the whole topic each time. The clock starts when it is asked for: the client fetches all of it before it hands out any.
func receive(ctx context.Context, client *kgo.Client, tracer *kotel.Tracer, messages int, from string) (time.Time, int64) {
	client.RemoveConsumePartitions(map[string][]int32{from: {0, 1, 2, 3}})
	started, cpu := time.Now(), cpuTime()
	client.AddConsumePartitions(offsets(from))
	sum, handled := uint64(0), 0
	for handled < messages {
		fetches := client.PollRecords(ctx, messages-handled)
		for _, err := range fetches.Errors() {
			check(err.Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if tracer != nil {
				_, span := tracer.WithProcessSpan(record)
				sum += handle(record.Value)
				span.End()
			} else {
				sum += handle(record.Value)
			}
			handled++
		})
	}
	fmt.Fprint(devNull, sum)
	return started, cpu
}

var devNull, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)

func handle(payload []byte) (sum uint64) {
	for _, value := range payload {
		sum += uint64(value)
	}
	return sum
}

func offsets(from string) map[string]map[int32]kgo.Offset {
	of := make(map[int32]kgo.Offset)
	for partition := range int32(partitions) {
		of[partition] = kgo.NewOffset().At(0)
	}
	return map[string]map[int32]kgo.Offset{from: of}
}

// As large as the queue and the batches of the workers in Rust.
func telemetry(ctx context.Context, sink string) *trace.TracerProvider {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(sink), otlptracehttp.WithInsecure())
	check(err)
	return trace.NewTracerProvider(trace.WithBatcher(exporter,
		trace.WithMaxQueueSize(65536), trace.WithMaxExportBatchSize(512), trace.WithBatchTimeout(200*time.Millisecond)))
}

// Of all threads, collecting garbage included.
func cpuTime() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
