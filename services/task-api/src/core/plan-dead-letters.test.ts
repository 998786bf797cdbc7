import type { DeadLetterRecord } from '@cyberstroll/contracts';
import { findSkipReason, planDiscard, planReplay, toPages, toReplayMessage } from './plan-dead-letters';

const deadLetter = (id: string, changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
  dead_letter_id: id,
  state: 'waiting',
  reason: 'bad_field',
  detail: '',
  queue: 'cs.updates',
  first_seen: new Date(0),
  content: '{"attempt":1}',
  content_type: 'json',
  content_bytes: 13,
  replayable: true,
  exchange: 'cs.state',
  routing_key: 'updates',
  replayed_times: [],
  kept_time: new Date(0),
  expires: new Date(1),
  ...changes,
});
const all = [
  deadLetter('waiting'),
  deadLetter('replayed', { state: 'replayed' }),
  deadLetter('cut', { replayable: false, unreplayable_reason: 'content_cut' }),
  deadLetter('gone', { state: 'discarded' }),
];

it('replays waiting dead letters, and replayed ones only if their ids are given', () => {
  expect(planReplay(all)).toEqual({
    take: ['waiting'],
    skipped: [
      { id: 'replayed', why: 'already_replayed' },
      { id: 'cut', why: 'content_cut' },
      { id: 'gone', why: 'discarded' },
    ],
  });
  const named = ['waiting', 'replayed', 'cut', 'gone', 'never', 'never'];
  expect(planReplay(all, named)).toEqual({
    take: ['waiting', 'replayed'],
    skipped: [
      { id: 'cut', why: 'content_cut' },
      { id: 'gone', why: 'discarded' },
      { id: 'never', why: 'not_found' },
    ],
  });
});

it('discards every dead letter that is not discarded yet', () => {
  expect(planDiscard(all)).toEqual({
    take: ['waiting', 'replayed', 'cut'],
    skipped: [{ id: 'gone', why: 'discarded' }],
  });
});

describe('toReplayMessage', () => {
  it('wraps an update in an envelope of its sender', () => {
    const update_sender = { node_id: 'n', instance_id: 'n-a' };
    expect(toReplayMessage(deadLetter('l', { update_sender, user_id: 'n' }), new Date(0))).toEqual({
      headers: { 'x-replayed-user': 'n' },
      exchange: 'cs.state',
      routingKey: 'updates',
      body: { ...update_sender, sent_time: '1970-01-01T00:00:00.000Z', updates: [{ attempt: 1 }] },
    });
  });

  it('gives a whole message as it was, keys of a prototype too', () => {
    const content = '{"__proto__":{"x":1},"$where":1}';
    expect(JSON.stringify(toReplayMessage(deadLetter('l', { content }), new Date(0)).body)).toBe(content);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it.each([
    ['cannot be replayed', { replayable: false }],
    ['has no origin', { exchange: 'elsewhere' }],
    ['is not JSON', { content: '{' }],
  ])('throws where it %s', (_name, changes) => {
    expect(() => toReplayMessage(deadLetter('l', changes), new Date(0))).toThrow();
  });
});

it('puts at most 100 dead letters or 8 MiB of content on a page', () => {
  const ids = Array.from({ length: 250 }, (_, i) => String(i));
  const withBytes = (content_bytes: number) => ids.map((dead_letter_id) => ({ dead_letter_id, content_bytes }));
  expect(toPages(ids, withBytes(1)).map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(toPages(ids.slice(0, 5), withBytes(4 * 1_024 * 1_024)).map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(toPages(ids.slice(0, 2), withBytes(9 * 1_024 * 1_024))).toEqual([['0'], ['1']]);
});

it.each([
  ['transient', 'unroutable', 'unroutable'],
  ['invalid', 'message_too_large', 'message_too_large'],
  ['transient', 'not_connected', undefined],
  ['overloaded', 'outbox_full', undefined],
  ['unknown', 'internal_error', 'bad_content'],
] as const)('after a publish that failed as %s %s, skips the dead letter as %s', (kind, code, why) => {
  expect(findSkipReason({ kind, code })).toBe(why);
});
