import { toTraceId } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { register } from './register';
import { type System, startSystem } from './system';

const exporter = new InMemorySpanExporter();
let unregister: () => Promise<void>;
let system: System;

beforeAll(async () => {
  // As by --import: before any service is there.
  unregister = register(exporter);
  system = await startSystem();
});
afterAll(async () => {
  await system?.stop();
  await unregister();
});
beforeEach(() => exporter.reset());

const spansOf = (traceId: string | undefined) =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

/** The span's name and those of its ancestors. */
function toLineage(span: ReadableSpan, spans: readonly ReadableSpan[]): string[] {
  const parentId = span.parentSpanContext?.spanId;
  const parent = spans.find((other) => other.spanContext().spanId === parentId);
  return [span.name, ...(parent ? toLineage(parent, spans) : [])];
}

it('is one trace from the request to the push', async () => {
  const { task, frames } = await system.runTask();
  const traceId = toTraceId(task.traceparent);
  expect(toTraceId(frames.at(-1)?.traceparent)).toBe(traceId);
  // A span is known when it ends: its children may be earlier.
  await eventually(() => {
    const spans = spansOf(traceId);
    const lineages = spans.map((span) => toLineage(span, spans).join(' < '));
    expect(lineages).toContain('push progress < roll up < apply updates < take job < send job < POST /api/tasks');
    const names = new Set(spans.map(({ name }) => name));
    expect([...names].sort()).toEqual(
      ['POST /api/tasks', 'apply updates', 'push progress', 'roll up', 'send job', 'take job'].sort(),
    );
    for (const lineage of lineages) expect(lineage).toMatch(/POST \/api\/tasks$/);
    // One trace, and fewer spans than subtasks.
    const applied = spans.filter(({ name }) => name === 'apply updates');
    const updates = applied.reduce((sum, { attributes }) => sum + Number(attributes['cyberstroll.updates']), 0);
    expect(updates).toBeGreaterThanOrEqual(64);
    expect(applied.length).toBeLessThan(updates);
  });
});

it('continues its client’s trace', async () => {
  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
  await system.runTask({ traceparent });
  await eventually(() => {
    const spans = spansOf('c'.repeat(32));
    const request = spans.find(({ name }) => name === 'POST /api/tasks');
    expect(request?.parentSpanContext).toMatchObject({ spanId: 'd'.repeat(16), isRemote: true });
    expect(spans.map(({ name }) => name)).toContain('push progress');
  });
});

it('records nothing of a trace that its client does not sample, and carries it all the same', async () => {
  const { frames } = await system.runTask({ traceparent: `00-${'e'.repeat(32)}-${'f'.repeat(16)}-00` });
  expect(frames.at(-1)?.traceparent).toMatch(new RegExp(`^00-${'e'.repeat(32)}-[0-9a-f]{16}-00$`));
  // What comes later has been recorded.
  await system.runTask({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` });
  await eventually(() => expect(spansOf('a'.repeat(32)).map(({ name }) => name)).toContain('push progress'));
  expect(spansOf('e'.repeat(32))).toEqual([]);
});
