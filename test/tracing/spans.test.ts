import { inSpan, readTraceparent, startSpan } from '@cyberstroll/runtime';
import type { IncomingUpdate } from '@cyberstroll/task-state';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-node';
import { BatchTrace } from '../../services/state-updater/src/batches/batch-trace';
import { register } from './register';

const exporter = new InMemorySpanExporter();
const TRACE = 'c'.repeat(32);
const toTraceparent = (digit: string, traceId = TRACE) => `00-${traceId}-${digit.repeat(16)}-01`;

let unregister: () => Promise<void>;
beforeAll(() => {
  unregister = register(exporter);
});
afterAll(() => unregister());
beforeEach(() => exporter.reset());

describe('a span', () => {
  it('is of its parent’s trace, and hands on its own traceparent', () => {
    const span = startSpan('work', { kind: 'producer', parent: toTraceparent('1'), attributes: { size: 3 } });
    span.end({ name: 'better named', attributes: { done: true } });
    const [recorded] = exporter.getFinishedSpans();
    expect(recorded).toMatchObject({
      name: 'better named',
      kind: SpanKind.PRODUCER,
      attributes: { size: 3, done: true },
      parentSpanContext: { traceId: TRACE, spanId: '1'.repeat(16) },
    });
    expect(span.traceparent).toBe(`00-${TRACE}-${recorded!.spanContext().spanId}-01`);
  });

  it('is not made for a message without a trace, unless a trace begins', () => {
    expect(startSpan('work', { parent: 'nonsense' }).traceparent).toBeUndefined();
    const begun = startSpan('request', { parent: undefined, begins: true });
    begun.end();
    expect(readTraceparent(begun.traceparent)).toBe(begun.traceparent);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['request']);
  });

  it('records the error of its work, and passes it on', async () => {
    const work = inSpan('work', { parent: toTraceparent('1') }, () => Promise.reject(new Error('broken')));
    await expect(work).rejects.toThrow('broken');
    expect(exporter.getFinishedSpans()[0]!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
  });
});

describe('a batch’s trace', () => {
  const updatesOf = (...taskIds: string[]) => taskIds.map((task_id) => ({ update: { task_id } })) as IncomingUpdate[];

  it('is a span per task of the transaction, linked with every other sender', () => {
    const trace = new BatchTrace();
    trace.add({ a: toTraceparent('1'), b: toTraceparent('9', 'e'.repeat(32)) });
    trace.add({ a: toTraceparent('2'), untraced: 'nonsense' });
    trace.add({ a: toTraceparent('1') });
    trace.add(undefined);
    const spans = trace.startSpans(updatesOf('a', 'a', 'a', 'untraced', 'unknown'));
    for (const span of spans.values()) span.end();
    expect([...spans.keys()]).toEqual(['a']);
    const [recorded, ...others] = exporter.getFinishedSpans();
    expect(others).toEqual([]);
    expect(recorded!.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: '1'.repeat(16) });
    expect(recorded!.links.map(({ context }) => context.spanId)).toEqual(['2'.repeat(16)]);
    expect(recorded!.attributes).toMatchObject({ 'cyberstroll.task_id': 'a', 'cyberstroll.updates': 3 });
  });

  it('has a bound, however many nodes there are', () => {
    const trace = new BatchTrace();
    for (let i = 1; i <= 500; i++) trace.add({ a: `00-${TRACE}-${String(i).padStart(16, '0')}-01` });
    trace.startSpans(updatesOf('a')).get('a')!.end();
    expect(exporter.getFinishedSpans()[0]!.links.length).toBeLessThan(50);
  });
});
