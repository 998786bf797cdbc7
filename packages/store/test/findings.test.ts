import { createKeyScope } from '@cyberstroll/access';
import { SEVERITIES } from '@cyberstroll/contracts';
import type { FindingQuery } from '../src';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let taskId: string;
const START = Date.now() + 3_600_000;
const timeOf = (index: number) => new Date(START + index * 1_000);
/** Each scan finds two things. */
const FINDINGS = [0, 1].map((each) => ({
  id: `rule-${each}`,
  kind: each === 0 ? 'cve' : 'login',
  severity: SEVERITIES[each + 2]!,
  port: 22,
  protocol: 'tcp' as const,
  title: `finding ${each}`,
  data: { references: ['a'], deep: { each } },
}));
const scan_result = { open_ports: [22], services: [], response_time: 1, findings: FINDINGS };

beforeAll(async () => {
  fixture = await setup();
  taskId = await queuedTask(fixture.store, '127.0.0.0/28', { order: 'sequential' });
  const updates = Array.from({ length: 10 }, (_, index) =>
    report(claimOf(taskId, index), 'COMPLETED', { completed_time: timeOf(index).toISOString(), scan_result }),
  );
  await fixture.store.subTasks.batchUpdateSubTasks(updates, timeOf(1_000));
  // Each report comes again, as after a lost confirm.
  await fixture.store.subTasks.batchUpdateSubTasks(updates, timeOf(1_000));
});
afterAll(() => fixture?.cleanup());

/** `<last octet>:<finding_id>` of all pages. */
async function findAll(query: Omit<FindingQuery, 'limit'>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await fixture.store.findings.findPage({ ...query, cursor, limit: 3 });
    found.push(...page.items.map(({ ip, finding_id }) => `${ip.split('.')[3]}:${finding_id.at(-1)}`));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return found;
}

it('keeps each finding of a scan once, apart from its result, which counts them', async () => {
  expect(await findAll({ task_id: taskId })).toHaveLength(20);
  const { scan_result } = await fixture.store.subTasks.getSubTask(`${taskId}-9`);
  expect(scan_result).toEqual({ open_ports: [22], services: [], response_time: 1, finding_count: 2 });
  const { items } = await fixture.store.findings.findPage({ task_id: taskId, limit: 1 });
  expect(items[0]).toMatchObject({ task_id: taskId, assigned_node: 'node-1', completed_time: timeOf(9) });
  expect(items[0]!.data).toEqual({ references: ['a'], deep: { each: expect.any(Number) } });
});

it('finds them by severity, kind, id, time and address: the newest first, or in the order of addresses', async () => {
  const zeros = Array.from({ length: 10 }, (_, i) => `${9 - i}:0`);
  expect(await findAll({ severity: ['medium'] })).toEqual(zeros);
  expect(await findAll({ kind: 'cve', task_id: taskId })).toEqual(zeros);
  expect(await findAll({ finding_id: 'rule-0' })).toEqual(zeros);
  expect(await findAll({ severity: ['low', 'info'] })).toEqual([]);
  const after = timeOf(8).toISOString();
  expect(await findAll({ kind: 'cve', after })).toEqual(['9:0', '8:0']);
  expect(await findAll({ finding_id: 'rule-1', before: timeOf(1).toISOString() })).toEqual(['0:1']);
  expect(await findAll({ kind: 'login', target: '127.0.0.2/31' })).toEqual(['2:1', '3:1']);
  expect(await findAll({ task_id: 'f'.repeat(24) })).toEqual([]);
  const within = createKeyScope(['127.0.0.4/31', '127.0.0.9'])!.ranges;
  expect(await findAll({ finding_id: 'rule-1', within })).toEqual(['4:1', '5:1', '9:1']);
  expect(await findAll({ target: '127.0.0.4', within, severity: ['high'] })).toEqual(['4:1']);
});

it('keeps none of an attempt that did not complete, or that another one replaced', async () => {
  const store = fixture.store;
  const task_id = await queuedTask(store, '127.0.1.0/30', { order: 'sequential', max_retries: 1 });
  const [first, second] = [claimOf(task_id, 0), claimOf(task_id, 0, 2, 'node-2')];
  const failed = { ...failure('INTERNAL_ERROR'), scan_result };
  await store.subTasks.batchUpdateSubTasks([report(first, 'FAILED', failed)]);
  await store.subTasks.batchUpdateSubTasks([
    report(first, 'COMPLETED', { scan_result }),
    report(second, 'COMPLETED', { scan_result: { ...scan_result, findings: FINDINGS.slice(1) } }),
  ]);
  expect(await findAll({ task_id })).toEqual(['0:1']);
});

it('deletes them some at a time', async () => {
  const { findings } = fixture.store;
  expect(await findings.deleteSome(taskId, 15)).toBe(15);
  expect(await findAll({ task_id: taskId })).toHaveLength(5);
  expect([await findings.deleteSome(taskId, 15), await findings.deleteSome(taskId, 15)]).toEqual([5, 0]);
});
