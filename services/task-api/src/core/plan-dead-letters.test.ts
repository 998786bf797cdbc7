import type { DeadLetterRecord } from '@cyberstroll/contracts';
import { planDiscard, planReplay, toReplayMessage } from './plan-dead-letters';

const deadLetter = (id: string, changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
  dead_letter_id: id,
  state: 'waiting',
  reason: 'bad_field',
  detail: '',
  queue: 'cs.state.updates',
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

it('replays what waits, and a second time only what is named', () => {
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

it('discards whatever is not', () => {
  expect(planDiscard(all)).toEqual({
    take: ['waiting', 'replayed', 'cut'],
    skipped: [{ id: 'gone', why: 'discarded' }],
  });
});

describe('toReplayMessage', () => {
  it('wraps an update in an envelope of its sender’s', () => {
    const update_sender = { node_id: 'n', instance_id: 'n-a' };
    expect(toReplayMessage(deadLetter('l', { update_sender }), new Date(0))).toEqual({
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
