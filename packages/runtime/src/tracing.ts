/**
 * Traces. A `traceparent` (W3C Trace Context) is a string that is passed along with the work: in requests, documents,
 * messages, frames. Code that does a piece of work starts a span with the traceparent that it got, and passes on the
 * traceparent of its span.
 *
 * Without an OpenTelemetry SDK in the process (see packages/tracing) nothing is recorded, and a traceparent is passed
 * on unchanged. An SDK is loaded before the services are, or never; a test takes its own away again. Work
 * without a traceparent gets no span, except where a trace `begins`. There is never one span per subtask.
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { delay } from './timers';

export interface SpanOptions {
  kind?: keyof typeof KINDS;
  /** A traceparent from anywhere. An invalid one counts as absent. */
  parent: unknown;
  /** True if a new trace begins here when there is no parent. */
  begins?: boolean;
  /** Other traceparents that led to this work. */
  links?: readonly unknown[];
  attributes?: Attributes;
}

export interface Span {
  /** The traceparent to pass on: that of the span, or that of the parent if nothing is recorded. */
  readonly traceparent: string | undefined;
  /** Calls `work` within the span, for instrumentations that look for the active span. */
  run<Result>(work: () => Result): Result;
  end(end?: { name?: string; error?: unknown; attributes?: Attributes }): void;
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

const PATTERN = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const FLUSH_MS = 2_000;

/** A traceparent of version 00, or the known part of a later version. Undefined for anything else. */
export function readTraceparent(value: unknown): string | undefined {
  const spanContext = toSpanContext(value);
  return spanContext && (value as string).slice(0, 55).replace(/^../, '00');
}

/** The trace's id, for logs. */
export const toTraceId = (traceparent: string | undefined): string | undefined => traceparent?.slice(3, 35);

let found: { provider: TracerProvider; tracer: Tracer } | undefined;

/** Whether spans are recorded. Work that only traces need can be skipped if not. */
export const isTracing = (): boolean => findTracer() !== undefined;

/** The API returns a stand-in until an SDK registers, and another one when it is gone. */
function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider() as TracerProvider & { getDelegateTracer?: TracerProvider['getTracer'] };
  if (provider === found?.provider) return found.tracer;
  const get = provider.getDelegateTracer ?? provider.getTracer;
  const tracer: Tracer | undefined = get.call(provider, 'cyberstroll');
  found = tracer && { provider, tracer };
  return tracer;
}

export function startSpan(name: string, options: SpanOptions): Span {
  const { kind = 'internal', begins = false, attributes = {}, links = [] } = options;
  const tracer = findTracer();
  const parent = tracer && toSpanContext(options.parent);
  if (!tracer || !(parent || begins)) {
    return { traceparent: readTraceparent(options.parent), run: (work) => work(), end: () => undefined };
  }
  const span = tracer.startSpan(
    name,
    {
      kind: KINDS[kind],
      attributes,
      links: links.flatMap((link) => toSpanContext(link) ?? []).map((linked) => ({ context: linked })),
    },
    parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  );
  return {
    traceparent: toTraceparent(span.spanContext()),
    run: (work) => context.with(trace.setSpan(context.active(), span), work),
    end(end = {}) {
      if (end.name !== undefined) span.updateName(end.name);
      if (end.attributes) span.setAttributes(end.attributes);
      if (end.error !== undefined) {
        const message = end.error instanceof Error ? end.error.message : String(end.error);
        span.setStatus({ code: SpanStatusCode.ERROR, message });
      }
      span.end();
    },
  };
}

/** Runs `work` in a span, and gives it the traceparent to pass on. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (traceparent: string | undefined) => Promise<Result>,
): Promise<Result> {
  const span = startSpan(name, options);
  try {
    const result = await span.run(() => work(span.traceparent));
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}

/** Call it before the process ends: sends the recorded spans for up to two seconds. Never rejects. */
export async function flushSpans(): Promise<void> {
  if (!isTracing()) return;
  type Flushing = { getDelegate?: () => Flushing; forceFlush?: () => Promise<void> };
  const provider = trace.getTracerProvider() as Flushing;
  const flushed = (provider.getDelegate?.() ?? provider).forceFlush?.().catch(() => undefined);
  const waited = new AbortController();
  await Promise.race([flushed, delay(FLUSH_MS, waited.signal)]);
  waited.abort();
}

function toSpanContext(value: unknown): SpanContext | undefined {
  if (typeof value !== 'string') return undefined;
  const [, version, traceId, spanId, flags, more] = PATTERN.exec(value) ?? [];
  if (traceId === undefined || (version === '00' && more !== undefined)) return undefined;
  const spanContext = { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

const toTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
