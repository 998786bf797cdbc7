import { type AlertDelivery, alertSchema } from '@cyberstroll/contracts';
import mongoose from 'mongoose';
import type { AlertSighting } from '../src';
import { createDatabase } from '../src/mongodb/models/database';
import { queuedTask, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const start = Date.now();
const at = (seconds: number) => new Date(start + seconds * 1_000);
const BACKLOG: AlertSighting = { rule: 'queue_backlog', subject: 'q', summary: '9 wait', value: 9, threshold: 5 };
const DEAD_LETTERS: AlertSighting = { rule: 'dead_letter', subject: 'system', summary: '2 bad_field' };
const otto = { reason: 'seen', operator: 'otto' };

const raise = (sighting: AlertSighting, seconds: number) =>
  fixture.store.alerts.raise(sighting, 'monitor', at(seconds));
const onlyActive = async () => {
  const active = await fixture.store.alerts.findActive();
  expect(active).toHaveLength(1);
  return active[0]!;
};
const statesOf = async (id: string) => (await fixture.store.alerts.getAlert(id)).history.map(({ state }) => state);

it('two that see the same raise one alert', async () => {
  const other = await fixture.openStore('monitor-2');
  const stores = [fixture.store, other, fixture.store, other];
  const raised = await Promise.all(stores.map(({ alerts }) => alerts.raise(BACKLOG, 'monitor', at(0))));
  expect(raised.filter(Boolean)).toHaveLength(1);
  const { alert_id } = await onlyActive();
  const alert = await fixture.store.alerts.getAlert(alert_id);
  expect(alert).toEqual({
    alert_id,
    rule: 'queue_backlog',
    subject: 'q',
    severity: 'critical',
    state: 'firing',
    summary: '9 wait',
    value: 9,
    threshold: 5,
    occurrences: expect.any(Number),
    runbook: 'docs/runbooks/queue_backlog.md',
    raised_time: at(0),
    updated_time: at(0),
    history: [{ state: 'firing', timestamp: at(0), reason: '9 wait', operator: 'monitor' }],
  });
  expect(alertSchema.parse(alert)).toEqual(alert);
});

it('goes from firing to acknowledged to resolved, each once, with operator and time', async () => {
  const { alerts } = fixture.store;
  await raise(BACKLOG, 0);
  const { alert_id } = await onlyActive();
  const [first] = await Promise.all([
    alerts.command(alert_id, 'acknowledged', otto, at(1)),
    alerts.command(alert_id, 'acknowledged', { ...otto, operator: 'olga' }, at(1)),
  ]);
  expect(first.state).toBe('acknowledged');
  expect(await raise(BACKLOG, 2)).toBe(false);
  expect(await alerts.clear(await onlyActive(), 'it is well', 'monitor', at(3))).toBe(true);
  const alert = await alerts.getAlert(alert_id);
  expect(alert).toMatchObject({ state: 'resolved', resolved_time: at(3), expires: at(3 + 30 * 86_400) });
  expect(alert.history.map(({ state, operator }) => [state, operator])).toEqual([
    ['firing', 'monitor'],
    ['acknowledged', expect.stringMatching(/otto|olga/)],
    ['resolved', 'monitor'],
  ]);
  await expect(alerts.command(alert_id, 'acknowledged', otto, at(4))).rejects.toMatchObject({
    kind: 'conflict',
    code: 'illegal_transition',
  });
  expect(await alerts.command(alert_id, 'resolved', otto, at(4))).toEqual(alert);
  await expect(alerts.command('0'.repeat(24), 'resolved', otto, at(4))).rejects.toMatchObject({
    kind: 'missing',
    code: 'alert_not_found',
  });
  expect(await raise(BACKLOG, 5)).toBe(true);
});

it('one that an operator resolves is not raised again before its condition was well once', async () => {
  const { alerts } = fixture.store;
  await raise(BACKLOG, 0);
  const { alert_id } = await onlyActive();
  await alerts.command(alert_id, 'resolved', otto, at(1));
  expect(await raise(BACKLOG, 2)).toBe(false);
  expect(await alerts.clear(await onlyActive(), 'it is well', 'monitor', at(3))).toBe(false);
  expect(await statesOf(alert_id)).toEqual(['firing', 'resolved']);
  expect(await alerts.findActive()).toEqual([]);
  expect(await raise(BACKLOG, 4)).toBe(true);
});

it('an alert of single events is raised again at once after an operator has resolved it', async () => {
  await raise(DEAD_LETTERS, 0);
  expect(await raise({ ...DEAD_LETTERS, summary: '1 not_json' }, 1)).toBe(false);
  const { alert_id } = await onlyActive();
  expect(await fixture.store.alerts.getAlert(alert_id)).toMatchObject({ summary: '1 not_json', occurrences: 2 });
  await fixture.store.alerts.command(alert_id, 'resolved', otto, at(2));
  expect(await raise(DEAD_LETTERS, 3)).toBe(true);
});

it('an alert whose condition is seen again while it is cleared stays', async () => {
  await raise(DEAD_LETTERS, 0);
  const looked = await onlyActive();
  await raise(DEAD_LETTERS, 1);
  expect(await fixture.store.alerts.clear(looked, 'quiet', 'monitor', at(2))).toBe(false);
  expect(await onlyActive()).toMatchObject({ state: 'firing' });
});

it('shows the present values of open alerts, and leaves resolved ones unchanged', async () => {
  const { alerts } = fixture.store;
  await raise(BACKLOG, 0);
  const { alert_id } = await onlyActive();
  const reading = { alert_id, summary: '7 wait', value: 7, threshold: 5 };
  await alerts.refresh([reading], at(1));
  expect(await alerts.getAlert(alert_id)).toMatchObject({ summary: '7 wait', value: 7, updated_time: at(1) });
  await alerts.command(alert_id, 'resolved', otto, at(2));
  await alerts.refresh([{ ...reading, value: 8 }], at(3));
  expect(await alerts.getAlert(alert_id)).toMatchObject({ value: 7, updated_time: at(1) });
});

it('a silence covers its rule or one subject until it ends: what was raised under it is muted until then', async () => {
  const { alerts, silences, alertOutbox } = fixture.store;
  await raise({ ...BACKLOG, subject: 'q1' }, -1);
  const [before] = await alerts.findActive();
  const given = { rule: 'queue_backlog', reason: 'a load test', operator: 'otto' } as const;
  const silence = await silences.create({ ...given, subject: 'q', until: at(60) }, at(0));
  await raise(BACKLOG, 1);
  const find = async (silenced: 'true' | 'false', seconds: number) =>
    (await alerts.findPage({ silenced, limit: 10 }, at(seconds))).items.map(({ subject }) => subject);
  expect([await find('true', 1), await find('false', 1)]).toEqual([['q'], ['q1']]);
  expect([await find('true', 61), await find('false', 61)]).toEqual([[], ['q', 'q1']]);
  const { items } = await alerts.findPage({ silenced: 'true', limit: 10 }, at(1));
  const covered = alertSchema.parse(items[0]);
  expect(covered.silence).toEqual(silence);

  expect(await alerts.mutes(before!, 'firing', at(1))).toBe(false);
  expect(await alerts.mutes(covered, 'firing', at(1))).toBe(true);
  expect(await alerts.mutes(covered, 'acknowledged', at(1))).toBe(true);
  expect(await alerts.noteUnsilenced('monitor', at(59))).toBe(0);
  expect(await alerts.noteUnsilenced('monitor', at(60))).toBe(1);
  expect(await alerts.noteUnsilenced('monitor', at(60))).toBe(0);
  const notices = (await alertOutbox.findNotices(10)).filter(({ subject }) => subject.alert_id === covered.alert_id);
  expect(notices.map(({ notice }) => [notice.state, notice.reason])).toEqual([
    ['firing', '9 wait'],
    ['firing', 'its silence has ended: 9 wait'],
  ]);
  expect(await alerts.mutes(covered, 'resolved', at(61))).toBe(false);
});

it('what is resolved under a silence is sent to nobody', async () => {
  const { alerts, silences } = fixture.store;
  const given = { rule: 'queue_backlog', reason: 'a load test', operator: 'otto' } as const;
  await silences.create({ ...given, until: at(60) }, at(0));
  await raise(BACKLOG, 1);
  const alert = await onlyActive();
  await alerts.mutes(alert, 'firing', at(1));
  await alerts.clear(alert, 'it is well', 'monitor', at(2));
  expect(await alerts.mutes(alert, 'resolved', at(2))).toBe(true);
  expect(await alerts.noteUnsilenced('monitor', at(61))).toBe(0);
});

it('keeps each change with its alert until it is dispatched, each delivery claimed by one at a time', async () => {
  const { alerts, alertOutbox } = fixture.store;
  await raise(BACKLOG, 0);
  const { alert_id } = await onlyActive();
  await alerts.command(alert_id, 'acknowledged', otto, at(1));
  const notices = await alertOutbox.findNotices(10);
  expect(notices.map(({ notice }) => [notice.state, notice.operator])).toEqual([
    ['firing', 'monitor'],
    ['acknowledged', 'otto'],
  ]);
  const { subject, notice } = notices[0]!;
  expect(subject).toMatchObject({ alert_id });
  const delivery: AlertDelivery = { ...notice, delivery_id: 'd1', target: 't', tries: 0, next_time: at(2) };
  const both = [delivery, { ...delivery, delivery_id: 'd2', target: 'u' }];
  expect(await alertOutbox.dispatch(subject, notice, both, at(9))).toBe(true);
  expect(await alertOutbox.dispatch(subject, notice, both, at(9))).toBe(false);
  expect(await alertOutbox.findNotices(10)).toHaveLength(1);

  const findDue = async (target: string, seconds: number) =>
    (await alertOutbox.findDue(target, at(seconds), 10)).map((due) => due.delivery);
  expect(await findDue('t', 1)).toEqual([]);
  expect(await findDue('t', 2)).toEqual([delivery]);
  expect(await findDue('u', 2)).toEqual([both[1]]);
  const ofOthers = await alertOutbox.findDueOfOthers(['t'], at(2), 10);
  expect(ofOthers.map((due) => due.delivery)).toEqual([both[1]]);
  expect(await alertOutbox.findDueOfOthers(['t', 'u'], at(2), 10)).toEqual([]);
  const claims = await Promise.all([1, 2, 3].map(() => alertOutbox.claim(subject, delivery, at(30))));
  const claimed = claims.filter((claim) => claim !== undefined);
  expect(claimed).toEqual([{ ...delivery, tries: 1, next_time: at(30) }]);
  expect(await findDue('t', 2)).toEqual([]);
  await alertOutbox.putOff(subject, claimed[0]!, at(5));
  expect(await findDue('t', 5)).toEqual([{ ...delivery, tries: 1, next_time: at(5) }]);
  await alertOutbox.remove(subject, delivery);
  expect(await findDue('t', 60)).toEqual([]);
  expect(await findDue('u', 60)).toEqual([both[1]]);
});

it('reads open tasks page by page, with those that ended lately and those asked for', async () => {
  const ids = [];
  for (let n = 0; n < 3; n++) ids.push(await queuedTask(fixture.store, `127.0.${n}.0/29`));
  const ended = await queuedTask(fixture.store, '127.0.9.0/29');
  await fixture.store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test', 'otto');
  const find = async (query: object) => {
    const found = await fixture.store.alertFacts.findWatchedTasks({
      limit: 2,
      endedAfter: at(-60),
      taskIds: [],
      ...query,
    });
    return { ids: found.tasks.map(({ task_id }) => task_id), next: found.next };
  };
  expect(await find({})).toEqual({ ids: [ids[0], ids[1], ended], next: ids[1] });
  expect(await find({ after: ids[1], taskIds: [ids[0]] })).toEqual({ ids: [ids[2], ended, ids[0]], next: undefined });
  expect(await find({ after: ids[1], endedAfter: at(3_600) })).toEqual({ ids: [ids[2]], next: undefined });
});

it('every query uses an index, and resolved alerts expire', async () => {
  await raise(BACKLOG, 0);
  const opened = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
  try {
    const alerts = createDatabase(() => opened).alerts;
    const queries: [object, Record<string, 1 | -1>][] = [
      [{ rule: 'queue_backlog', subject: 'q' }, { predecessors: -1 }],
      [{ active: true }, {}],
      [{ muted: true, state: 'firing' }, {}],
      [{ 'notices.timestamp': { $gt: new Date(0) } }, { 'notices.timestamp': 1 }],
      [{ 'deliveries.target': 't', deliveries: { $elemMatch: { target: 't', next_time: { $lte: at(0) } } } }, {}],
      [{ state: 'firing', alert_id: { $lt: 'f' } }, { alert_id: -1 }],
      [{ rule: 'dead_letter' }, { alert_id: -1 }],
      [{ alert_id: { $lt: 'f' } }, { alert_id: -1 }],
    ];
    for (const [filter, sort] of queries) {
      const plan = JSON.stringify(await alerts.find(filter).sort(sort).explain('queryPlanner'));
      expect([filter, plan]).toEqual([filter, expect.stringMatching(/IXSCAN|IDHACK/)]);
      expect([filter, plan]).toEqual([filter, expect.not.stringContaining('COLLSCAN')]);
    }
    const indexes = await alerts.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 0 }));
  } finally {
    await opened.close();
  }
});
