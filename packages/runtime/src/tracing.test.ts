import { inSpan, isTracing, readTraceparent, startSpan, toTraceId } from './tracing';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

it.each([
  ['as it is', PARENT, PARENT],
  ['with flags that are unknown', PARENT.replace(/01$/, 'c3'), PARENT.replace(/01$/, 'c3')],
  ['of a later version, what is known of it', `cc-${PARENT.slice(3)}-what-else`, PARENT],
  ['not of version ff', `ff-${PARENT.slice(3)}`, undefined],
  ['not longer than version 00 has it', `${PARENT}-what-else`, undefined],
  ['not in capitals', PARENT.toUpperCase(), undefined],
  ['not of a trace without an id', PARENT.replace(TRACE, '0'.repeat(32)), undefined],
  ['not of a span without an id', PARENT.replace('b7ad6b7169203331', '0'.repeat(16)), undefined],
  ['not twice', [PARENT, PARENT], undefined],
  ['not of nothing', undefined, undefined],
])('reads a traceparent %s', (_, value, expected) => {
  expect(readTraceparent(value)).toBe(expected);
});

describe('without an SDK', () => {
  it('hands a traceparent on as it came, and begins none', async () => {
    expect(isTracing()).toBe(false);
    expect(startSpan('work', { parent: PARENT }).traceparent).toBe(PARENT);
    expect(startSpan('work', { parent: 'nonsense', begins: true }).traceparent).toBeUndefined();
    expect(await inSpan('work', { parent: PARENT }, async (traceparent) => traceparent)).toBe(PARENT);
  });

  it('lets an error through', async () => {
    const work = inSpan('work', { parent: PARENT }, () => Promise.reject(new Error('broken')));
    await expect(work).rejects.toThrow('broken');
  });
});

it('knows the trace’s id', () => {
  expect(toTraceId(PARENT)).toBe(TRACE);
  expect(toTraceId(undefined)).toBeUndefined();
});
