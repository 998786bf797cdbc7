import { type EndHold, isEndHeld, isHoldOver, toEndHold } from './end-hold';

const now = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const REQUEST = { requested_time: now, reason: '', operator: 'jane' };
const live = { retries: 4, until: after(20) };

it.each<[string, { end_hold?: EndHold; retry_all?: typeof REQUEST }, { reopened: number; all?: boolean }, EndHold]>([
  ['the first', {}, { reopened: 3 }, { retries: 4, until: after(60) }],
  ['another beside one on its way', { end_hold: live }, { reopened: 3 }, { retries: 5, until: after(60) }],
  ['one after others have arrived', { end_hold: live }, { reopened: 4 }, { retries: 5, until: after(60) }],
  [
    'one after one that is late',
    { end_hold: { ...live, until: now } },
    { reopened: 3 },
    { retries: 5, until: after(60) },
  ],
  ['one after a hold by time', { end_hold: { until: now } }, { reopened: 3 }, { retries: 4, until: after(60) }],
  ['one beside a retry of all', { retry_all: REQUEST }, { reopened: 3 }, { until: after(60) }],
  ['one that the time alone holds already', { end_hold: { until: after(20) } }, { reopened: 3 }, { until: after(60) }],
  ['a retry of all', {}, { reopened: 3, all: true }, undefined],
  ['a retry of all beside one on its way', { end_hold: live }, { reopened: 3, all: true }, { until: after(20) }],
  ['a retry of all after others have arrived', { end_hold: live }, { reopened: 4, all: true }, undefined],
])('holds the end for a retry: %s', (_name, task, { reopened, all = false }, expected) => {
  expect(toEndHold({ status: 'RUNNING', ...task }, { reopened, all, now })).toEqual(expected);
});

it.each<[string, EndHold, { isHeld: boolean; isOver: boolean }]>([
  ['no hold', undefined, { isHeld: false, isOver: false }],
  ['one for retries that have arrived', { retries: 3, until: after(1) }, { isHeld: false, isOver: false }],
  ['one for a retry on its way', { retries: 4, until: after(1) }, { isHeld: true, isOver: false }],
  ['one for a retry that was lost', { retries: 4, until: now }, { isHeld: false, isOver: true }],
  ['one that the time alone ends', { until: after(1) }, { isHeld: true, isOver: false }],
])('%s', (_name, hold, { isHeld, isOver }) => {
  expect([isEndHeld(hold, 3, now), isHoldOver(hold, 3, now)]).toEqual([isHeld, isOver]);
});
