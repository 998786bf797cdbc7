import {
  type DeadLetterRecord,
  type DeadLetterSummary,
  QUEUES,
  REPLAYED_USER,
  toJobQueue,
} from '@cyberstroll/contracts';
import { type Delivery, DONE } from '@cyberstroll/messaging';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
const arrived: Delivery[] = [];
beforeAll(async () => {
  fixture = await setup();
  await fixture.broker.declareJobQueue('edge');
  const { broker, publisher, testbed } = fixture;
  for (const queue of [QUEUES.stateUpdates, toJobQueue('edge')]) {
    const handle = async (delivery: Delivery) => {
      arrived.push(delivery);
      return DONE;
    };
    await testbed.start(broker.createConsumer({ queue, prefetch: 100, handle, publisher, logger: testLogger }));
  }
});
afterAll(() => fixture?.cleanup());

let last = 0;
async function keep(reason: string, changes: Partial<DeadLetterRecord> = {}): Promise<string> {
  const dead_letter_id = (++last).toString(16).padStart(32, '0');
  await fixture.store.deadLetters.keep({
    dead_letter_id,
    state: 'waiting',
    reason,
    detail: 'a test',
    queue: 'cs.updates',
    first_seen: new Date(last * 1_000),
    update_sender: { node_id: 'n', instance_id: 'n-a' },
    content: `{"mine":"${reason}"}`,
    content_type: 'json',
    content_bytes: 20,
    replayable: true,
    exchange: 'cs.state',
    routing_key: 'updates',
    replayed_times: [],
    kept_time: new Date(),
    expires: new Date(Date.now() + 3_600_000),
    ...changes,
  });
  return dead_letter_id;
}
const post = (command: 'replay' | 'discard', body: object, key: string = KEYS.admin) =>
  fixture.api('POST', `/api/dead-letters/${command}`, { key, body });
const list = async (query: string): Promise<DeadLetterSummary[]> =>
  (await fixture.api('GET', `/api/dead-letters?${query}`, { key: KEYS.viewer })).body.items;
const findArrived = (reason: string) => arrived.filter(({ raw }) => raw.includes(`"${reason}"`));
const arrivedOf = (reason: string) => findArrived(reason).map(({ body }) => body);

it('lists dead letters newest first, by filter, and shows one with its content', async () => {
  const ids = [
    await keep('listed'),
    await keep('listed', { queue: 'q' }),
    await keep('listed', { task_id: 'c'.repeat(24) }),
  ];
  expect((await list('reason=listed')).map((deadLetter) => deadLetter.dead_letter_id)).toEqual([...ids].reverse());
  expect((await list('reason=listed&queue=q')).map((deadLetter) => deadLetter.dead_letter_id)).toEqual([ids[1]]);
  expect((await list(`task_id=${'c'.repeat(24)}`)).map((deadLetter) => deadLetter.dead_letter_id)).toEqual([ids[2]]);
  const before = new Date(last * 1_000 - 1_000).toISOString();
  expect((await list(`reason=listed&before=${before}`)).map((deadLetter) => deadLetter.dead_letter_id)).toEqual([
    ids[0],
  ]);
  const page = (await fixture.api('GET', '/api/dead-letters?reason=listed&limit=2', { key: KEYS.viewer })).body;
  expect(page.items).toHaveLength(2);
  expect(await list(`reason=listed&cursor=${page.next_cursor}`)).toMatchObject([{ dead_letter_id: ids[0] }]);

  const one = await fixture.api('GET', `/api/dead-letters/${ids[0]}`, { key: KEYS.viewer });
  expect(one.body).toMatchObject({ reason: 'listed', content: '{"mine":"listed"}', state: 'waiting' });
});

it('replays waiting dead letters once, in an envelope of their sender, and marks them', async () => {
  const ids = [await keep('again'), await keep('again'), await keep('again', { replayable: false })];
  const filter = { reason: 'again' };
  const dry = await post('replay', { filter, dry_run: true }, KEYS.operator);
  expect(dry.body).toMatchObject({ matched: 3, replayed: 2, dry_run: true, more: false });
  expect(await list('reason=again&state=waiting')).toHaveLength(3);
  expect(arrivedOf('again')).toEqual([]);

  const answer = await post('replay', { filter }, KEYS.operator);
  const skipped = [{ id: ids[2], why: 'not_replayable' }];
  expect(answer).toMatchObject({ status: 200, body: { matched: 3, replayed: 2, skipped, more: false } });
  await eventually(() => expect(arrivedOf('again')).toHaveLength(2));
  expect(arrivedOf('again')[0]).toEqual({
    node_id: 'n',
    instance_id: 'n-a',
    sent_time: expect.any(String),
    updates: [{ mine: 'again' }],
  });
  const marked = (await fixture.api('GET', `/api/dead-letters/${ids[0]}`)).body;
  expect(marked).toMatchObject({ state: 'replayed', replayed_times: [{ operator: 'otto', time: expect.any(String) }] });

  const second = await post('replay', { filter }, KEYS.operator);
  expect(second.body).toMatchObject({ matched: 3, replayed: 0 });
  expect(second.body.skipped).toContainEqual({ id: ids[0], why: 'already_replayed' });
  const byId = await post('replay', { filter: { ids: [ids[0], 'f'.repeat(32)] } }, KEYS.operator);
  expect(byId.body).toMatchObject({
    matched: 1,
    replayed: 1,
    skipped: [{ id: 'f'.repeat(32), why: 'not_found' }],
  });
  await eventually(() => expect(arrivedOf('again')).toHaveLength(3));
});

it('names, in the services’ name, the user that had sent the message', async () => {
  await keep('named', { user_id: 'node-7' });
  expect((await post('replay', { filter: { reason: 'named' } })).body).toMatchObject({ replayed: 1 });
  const [replay] = await eventually(() => findArrived('named').length > 0 && findArrived('named'));
  const { username } = new URL(fixture.testbed.rabbitmq_url);
  expect(replay).toMatchObject({ userId: username, headers: { [REPLAYED_USER]: 'node-7' } });
});

it('skips a dead letter that no queue accepts, and replays the others', async () => {
  const lost = await keep('mixed', { queue: 'cs.jobs.none', exchange: 'cs.jobs', routing_key: 'none' });
  await keep('mixed');
  const answer = await post('replay', { filter: { reason: 'mixed' } });
  expect(answer.body).toMatchObject({ matched: 2, replayed: 1, skipped: [{ id: lost, why: 'unroutable' }] });
  expect(await list('reason=mixed&state=waiting')).toMatchObject([{ dead_letter_id: lost }]);
});

it('replays up to the limit, oldest first, and says that there are more', async () => {
  for (let n = 0; n < 5; n++) await keep('bulk');
  const answers = [];
  for (let n = 0; n < 3; n++) answers.push((await post('replay', { filter: { reason: 'bulk' }, limit: 2 })).body);
  expect(answers.map(({ replayed, more }) => [replayed, more])).toEqual([
    [2, true],
    [2, true],
    [1, false],
  ]);
  expect(await list('reason=bulk&state=waiting')).toEqual([]);
});

it('discards dead letters: they leave the list, keep their mark, and are never replayed', async () => {
  const ids = [await keep('junk'), await keep('junk')];
  const filter = { reason: 'junk' };
  expect((await post('discard', { filter, dry_run: true })).body).toMatchObject({ matched: 2, discarded: 2 });
  expect(await list('reason=junk')).toHaveLength(2);
  expect((await post('discard', { filter, reason: 'noise' })).body).toMatchObject({
    matched: 2,
    discarded: 2,
    skipped: [],
  });
  expect(await list('reason=junk')).toEqual([]);
  expect(await list('reason=junk&state=discarded')).toHaveLength(2);
  const { body } = await fixture.api('GET', `/api/dead-letters/${ids[0]}`);
  expect(body).toMatchObject({ state: 'discarded', discarded: { operator: 'ada', reason: 'noise' } });
  const audit = await fixture.api('GET', '/api/audit?operation=discardDeadLetters&limit=1', { key: KEYS.admin });
  expect(audit.body.items).toMatchObject([{ operator: 'ada', reason: 'noise' }]);
  const replay = await post('replay', { filter: { ids } });
  expect(replay.body).toMatchObject({ replayed: 0, skipped: ids.map((id) => ({ id, why: 'discarded' })) });
});

it.each<[string, object, string]>([
  ['no filter', {}, 'filter'],
  ['a filter of operators', { filter: { reason: { $gt: '' } } }, 'filter.reason'],
  ['an unknown field', { filter: { $where: '1' } }, 'filter.$where'],
  ['an invalid id', { filter: { ids: ['x'] } }, 'filter.ids.0'],
])('refuses %s', async (_name, body, field) => {
  expect(toProblemOf(await post('replay', body), 422, 'invalid_body').field).toBe(field);
});

it('refuses to discard everything by an empty filter', async () => {
  expect(toProblemOf(await post('discard', { filter: {} }), 422, 'invalid_body').field).toBe('filter');
});
