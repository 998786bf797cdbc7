import { type DeadLetter, deadLetterRecordSchema } from '@cyberstroll/contracts';
import { type DeadMessage, toDeadLetterRecord } from './to-dead-letter-record';

const now = new Date('2026-01-31T12:00:00.000Z');
const limits = { maxBytes: 1_000, keepMs: 60_000 };
const keep = (message: Partial<DeadMessage>) => {
  const whole = { raw: Buffer.from('{}'), headers: {}, routingKey: 'cs.updates', ...message };
  return deadLetterRecordSchema.parse(toDeadLetterRecord(whole, now, limits));
};
const deadLetter = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  reason: 'unknown_task',
  detail: 'no such task',
  queue: 'cs.updates',
  first_seen: '2026-01-31T11:00:00.000Z',
  sender: 'n',
  update_sender: { node_id: 'n', instance_id: 'n-a' },
  content: { attempt: 1 },
  ...changes,
});
const toRaw = (body: unknown) => Buffer.from(JSON.stringify(body));
const death = (changes: object = {}) => ({
  'x-death': [
    {
      reason: 'delivery_limit',
      queue: 'cs.jobs.edge',
      count: 1,
      time: { '!': 'timestamp', value: 1_700_000_000 },
      ...changes,
    },
  ],
});

it('keeps the reason, origin and sender of a dead letter of our services', () => {
  expect(keep({ raw: toRaw(deadLetter()) })).toEqual({
    dead_letter_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    state: 'waiting',
    reason: 'unknown_task',
    detail: 'no such task',
    queue: 'cs.updates',
    first_seen: new Date('2026-01-31T11:00:00.000Z'),
    sender: 'n',
    update_sender: { node_id: 'n', instance_id: 'n-a' },
    content: '{"attempt":1}',
    content_type: 'json',
    content_bytes: 13,
    replayable: true,
    exchange: 'cs.state',
    routing_key: 'updates',
    replayed_times: [],
    kept_time: now,
    expires: new Date(now.getTime() + 60_000),
  });
});

it.each<[string, Partial<DeadMessage>, string | undefined]>([
  ['an update', { raw: toRaw(deadLetter({ content: { task_id: 'a'.repeat(24), attempt: 1 } })) }, 'a'.repeat(24)],
  ['a job', { raw: toRaw({ task_id: 'b'.repeat(24), subtasks: [] }), headers: death() }, 'b'.repeat(24)],
  ['an envelope', { raw: toRaw(deadLetter({ content: { updates: [{ task_id: 'a'.repeat(24) }] } })) }, undefined],
  ['what names something else', { raw: toRaw(deadLetter({ content: { task_id: { $ne: '' } } })) }, undefined],
  ['no object', { raw: toRaw(deadLetter({ content: null })) }, undefined],
  ['text', { raw: toRaw(deadLetter({ content: 'junk' })) }, undefined],
])('keeps %s under the task that it names', (_name, message, expected) => {
  expect(keep(message).task_id).toBe(expected);
});

it('keeps the reason, the origin and the unchanged body of a message that RabbitMQ dead-lettered', () => {
  const raw = Buffer.from(' {"__proto__":{"a":1},"$where":"1","a.b":"\\u001b"} ');
  expect(keep({ raw, headers: death(), appId: 'dispatcher-1' })).toMatchObject({
    reason: 'delivery_limit',
    queue: 'cs.jobs.edge',
    first_seen: new Date(1_700_000_000_000),
    sender: 'dispatcher-1',
    content: raw.toString(),
    content_type: 'json',
    replayable: true,
    exchange: 'cs.jobs',
    routing_key: 'edge',
  });
});

describe('a message that came by cs.service-updates', () => {
  const cameBy = (exchange: string) => toRaw(deadLetter({ exchange }));
  const dead = (changes: object) => death({ queue: 'cs.updates', exchange: 'cs.service-updates', ...changes });

  it.each<[string, Partial<DeadMessage>, string]>([
    ['a dead letter', { raw: cameBy('cs.service-updates') }, 'cs.service-updates'],
    ['a message that RabbitMQ gave up', { headers: dead({}) }, 'cs.service-updates'],
    ['a dead letter of a report', { raw: cameBy('cs.state') }, 'cs.state'],
    ['a dead letter that does not say', { raw: toRaw(deadLetter()) }, 'cs.state'],
    ['a dead letter of what was put into the queue itself', { raw: cameBy('') }, 'cs.state'],
    ['a message that does not say', { headers: dead({ exchange: undefined }) }, 'cs.state'],
    [
      'a dead letter under a key that nodes may use',
      { raw: cameBy('cs.service-updates'), routingKey: 'cs.jobs.edge' },
      'cs.state',
    ],
    ['a message under such a key', { headers: dead({}), routingKey: 'cs.jobs.edge' }, 'cs.state'],
  ])('%s goes back by the exchange that it is known to have come by', (_name, message, exchange) => {
    expect(keep(message)).toMatchObject({ queue: 'cs.updates', exchange, routing_key: 'updates' });
  });
});

it.each<[string, Partial<DeadMessage>, string | undefined]>([
  ['a dead letter says', { raw: toRaw(deadLetter({ user_id: 'node-7' })), userId: 'service' }, 'node-7'],
  ['RabbitMQ says of a message that it gave up', { headers: death(), userId: 'node-7' }, 'node-7'],
  [
    'a dead letter says under a key that nodes may use',
    { raw: toRaw(deadLetter({ user_id: 'node-7' })), routingKey: 'cs.jobs.edge', userId: 'node-edge' },
    'node-edge',
  ],
  ['nobody says', { raw: toRaw(deadLetter()), userId: 'service' }, undefined],
])('names the user that %s', (_name, message, user) => {
  expect(keep(message).user_id).toBe(user);
});

it.each<[string, Partial<DeadMessage>, object]>([
  [
    'text in a dead letter',
    { raw: toRaw(deadLetter({ content: 'junk' })) },
    { content: 'junk', unreplayable_reason: 'not_json' },
  ],
  ['no JSON', { raw: Buffer.from('junk'), headers: death() }, { content: 'junk', unreplayable_reason: 'not_json' }],
  [
    'bytes',
    { raw: Buffer.from([0xff, 0x00]), headers: death() },
    { content: '/wA=', content_type: 'base64', unreplayable_reason: 'not_json' },
  ],
  [
    'a heartbeat',
    { raw: toRaw(deadLetter({ queue: 'cs.heartbeats.nodes' })) },
    { unreplayable_reason: 'no_origin', content_type: 'json' },
  ],
  [
    'what nobody knows',
    { raw: toRaw({ any: 'thing' }), routingKey: 'x' },
    { reason: 'unknown_form', queue: 'x', unreplayable_reason: 'no_origin' },
  ],
  [
    'what is too long, cut between two characters',
    { raw: toRaw(`${'a'.repeat(998)}é${'b'.repeat(100)}`), headers: death() },
    { content: `"${'a'.repeat(998)}`, content_bytes: 1_102, unreplayable_reason: 'content_cut' },
  ],
  [
    'what its dead letter says was cut',
    { raw: toRaw(deadLetter({ content: '{"attempt":', content_bytes: 9_000_000 })) },
    { content: '{"attempt":', content_type: 'text', content_bytes: 9_000_000, unreplayable_reason: 'content_cut' },
  ],
  [
    'a dead letter nested too deeply',
    { raw: Buffer.from(`{"reason":"r","detail":"","queue":"q","first_seen":"","content":${'['.repeat(400)}`) },
    { reason: 'unknown_form' },
  ],
])('keeps %s, not to be replayed', (_name, message, expected) => {
  expect(keep(message)).toMatchObject({ replayable: false, ...expected });
});

it('keeps content whole up to the limit, and a sample of 64 KiB beyond', () => {
  const large = { maxBytes: 4_000_000, keepMs: 60_000 };
  const keepJson = (bytes: number) => {
    const raw = toRaw({ fill: 'x'.repeat(bytes - 11) });
    const kept = toDeadLetterRecord({ raw, headers: death(), routingKey: 'q' }, now, large);
    return [raw.length, kept.content.length, kept.content_bytes, kept.replayable];
  };
  expect(keepJson(4_000_000)).toEqual([4_000_000, 4_000_000, 4_000_000, true]);
  expect(keepJson(4_000_001)).toEqual([4_000_001, 64 * 1024, 4_000_001, false]);
});

it('gives folded dead letters one id, from their reason, queue and sender', () => {
  const fold = (changes: Partial<DeadLetter>) => keep({ raw: toRaw(deadLetter({ fold: true, ...changes })) });
  const first = fold({ source: 'a', content: { n: 1 } });
  expect(first).toMatchObject({ count: 1, last_seen: now });
  expect(fold({ source: 'b', content: { n: 2 }, detail: 'other' }).dead_letter_id).toBe(first.dead_letter_id);
  for (const changes of [{ sender: 'm' }, { reason: 'not_json' }, { queue: 'other' }, { fold: false }]) {
    expect(fold(changes).dead_letter_id).not.toBe(first.dead_letter_id);
  }
});

it.each(['junk', '', '2126-01-01T00:00:00.000Z', '-000001-01-01T00:00:00.000Z'])(
  'uses now instead of a time that is not in the past: %s',
  (first_seen) => expect(keep({ raw: toRaw(deadLetter({ first_seen })) }).first_seen).toEqual(now),
);

it('gives a message one id however often it is delivered, and another to a message that looks the same', () => {
  const raw = toRaw(deadLetter());
  const id = (message: Partial<DeadMessage>) => keep({ raw, ...message }).dead_letter_id;
  const first = id({ messageId: '1', appId: 'u' });
  expect(id({ messageId: '1', appId: 'u' })).toBe(first);
  const others = [id({ messageId: '2', appId: 'u' }), id({ messageId: '1', appId: 'v' }), id({ headers: death() })];
  expect(new Set([first, ...others, id({ headers: death({ time: 1 }) })]).size).toBe(5);
});

it('gives a dead letter that was written again the same id, from its source and content', () => {
  const id = (changes: Partial<DeadLetter>, message: Partial<DeadMessage> = {}) =>
    keep({ raw: toRaw(deadLetter({ source: 's', ...changes })), ...message }).dead_letter_id;
  const first = id({}, { messageId: '1', appId: 'u' });
  const again = { first_seen: '2026-01-31T11:00:09.000Z', reason: 'illegal_transition', detail: 'since then' };
  expect(id(again, { messageId: '9', appId: 'v' })).toBe(first);
  const others = [id({ source: 't' }), id({ content: { attempt: 2 } }), id({ queue: 'cs.jobs.edge' })];
  expect(new Set([first, ...others]).size).toBe(4);
});

it.each([{ 'x-death': 'x' }, { 'x-death': [] }, { 'x-death': [null] }, { 'x-death': [{ reason: {} }] }])(
  'takes headers that say nothing for none: %j',
  (headers) => expect(keep({ raw: toRaw(deadLetter()), headers }).reason).toBe('unknown_task'),
);

it('bounds every text', () => {
  const long = 'x'.repeat(10_000);
  const kept = keep({ raw: toRaw(deadLetter({ reason: long, detail: long, queue: long, sender: long })) });
  expect([kept.reason, kept.detail, kept.queue, kept.sender].map((text) => text?.length)).toEqual([
    100, 2000, 200, 100,
  ]);
});
