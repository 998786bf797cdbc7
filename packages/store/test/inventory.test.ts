import { createKeyScope } from '@cyberstroll/access';
import type { Host, ReportedResult } from '@cyberstroll/contracts';
import { sendOut } from '@cyberstroll/testkit';
import type { Store } from '../src';
import { readCompletions } from '../src/inventory/completions';
import { claimOf, newTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let store: Store;
beforeEach(async () => {
  fixture = await setup();
  store = fixture.store;
});
afterEach(() => fixture?.cleanup());

const START = Date.now() + 3_600_000;
const at = (second: number) => new Date(START + second * 1_000);
const open = (...open_ports: number[]): ReportedResult => ({ open_ports, services: [], response_time: 1 });

/** A completed scan of each address of the task, in its order. */
async function scan(second: number, results: ReportedResult[], labels: string[] = []): Promise<string> {
  const given = newTask('127.0.0.0/29', { order: 'sequential' });
  const { task } = await store.tasks.createTask({ ...given, labels, scan: { method: 'connect', ports: '1-10000' } });
  const taskId = task.task_id;
  await store.tasks.updateTaskStatus(taskId, 'QUEUED', 'test', 'dispatcher');
  await sendOut(store, taskId);
  const updates = results.map((scan_result, index) =>
    report(claimOf(taskId, index), 'COMPLETED', { completed_time: at(second).toISOString(), scan_result }),
  );
  await store.subTasks.batchUpdateSubTasks(updates, at(second));
  return taskId;
}

async function follow(): Promise<void> {
  while (await store.inventory.followOnce());
}

const list = async (query: object = {}): Promise<Host[]> =>
  (await store.hosts.findPage({ state: 'open', limit: 100, ...query })).items;
const toPorts = (hosts: readonly Host[]) =>
  hosts.map(({ ip, services }) => `${ip} ${services.map(({ port, state }) => `${port} ${state}`).join()}`);

it('has the latest state of each address over all tasks, and the changes in their order', async () => {
  await scan(1, [open(22, 80), open(), open(443)]);
  await follow();
  const second = await scan(2, [open(80), open(22), open(443)]);
  await follow();
  expect(toPorts(await list({ state: 'any' }))).toEqual([
    '127.0.0.0 22 closed,80 open',
    '127.0.0.1 22 open',
    '127.0.0.2 443 open',
  ]);
  const host = await store.hosts.findOne('127.0.0.0');
  expect(host).toMatchObject({ first_seen: at(1), last_seen: at(2), last_scanned: at(2) });
  expect(host!.services[0]).toMatchObject({ last_seen: at(1), closed_since: at(2) });
  expect(host!.services[1]).toMatchObject({ first_seen: at(1), last_seen: at(2), task_id: second });
  const { items, next, is_complete } = await store.hosts.findChanges({ limit: 100 });
  expect(items.map(({ ip, kind, port }) => [ip.at(-1), kind, port].join(' ').trim())).toEqual([
    '0 host_appeared',
    '0 port_opened 22',
    '0 port_opened 80',
    '2 host_appeared',
    '2 port_opened 443',
    '0 port_closed 22',
    '1 host_appeared',
    '1 port_opened 22',
  ]);
  expect([is_complete, next]).toEqual([true, String(items.at(-1)!.change)]);
  expect(await store.hosts.findChanges({ from: next, limit: 1 })).toEqual({ items: [], next, is_complete: true });
});

it('counts each scan once: also with several followers at the same time, and after one that failed', async () => {
  const other = await fixture.openStore('updater-2');
  await scan(1, [open(22), open(80)]);
  await scan(2, [open(22), open()]);
  const { db } = await fixture.openParts('test');
  // The follower loses its transaction where it inserts the changes.
  await db.hostChanges.insertOne({ _id: 1 } as never);
  await expect(store.inventory.followOnce()).rejects.toThrow();
  expect(await list({ state: 'any' })).toEqual([]);
  await db.hostChanges.deleteOne({ _id: 1 });
  await Promise.allSettled([store, other, store, other].map(({ inventory }) => inventory.followOnce()));
  await follow();
  expect(toPorts(await list({ state: 'any' }))).toEqual(['127.0.0.0 22 open', '127.0.0.1 80 closed']);
  expect((await store.hosts.findChanges({ limit: 100 })).items).toHaveLength(5);
  expect(await store.inventory.findOldest()).toBeUndefined();
});

it('reads nothing of scans that found nothing on an unknown address', async () => {
  const taskId = await scan(1, [open(), open()]);
  const { db } = await fixture.openParts('test');
  const batches = await db.completions.find().toArray();
  expect(readCompletions(batches)).toEqual([{ task_id: taskId, open: [], empty: [0, 1] }]);
  await follow();
  expect(await list({ state: 'any' })).toEqual([]);
});

it('finds hosts and services by every filter, page by page, and only those within the networks of a key', async () => {
  const login = { id: 'login', kind: 'login', severity: 'high' as const, port: 22, title: 'Login' };
  const ssh = { port: 22, protocol: 'tcp' as const, state: 'open' as const, service: 'ssh', product: 'OpenSSH' };
  const results = [{ ...open(), ports: [ssh], findings: [login] }, open(22, 80), open(80), open(8_080)];
  await scan(1, results, ['office']);
  await follow();
  await scan(5, [open(), open(22, 80), open(80), open(8_080)]);
  await follow();
  const ips = async (query: object) => (await list(query)).map(({ ip }) => ip.at(-1)).join('');
  expect(await ips({ port: 80 })).toBe('12');
  expect(await ips({ state: 'closed' })).toBe('0');
  expect(await ips({ state: 'any', service: 'SSH', product: 'open' })).toBe('0');
  expect(await ips({ state: 'any', label: 'office' })).toBe('0');
  expect(await ips({ target: '127.0.0.2/31' })).toBe('23');
  expect(await ips({ state: 'any', seen_before: at(3).toISOString() })).toBe('0');
  expect(await ips({ seen_after: at(3).toISOString(), port: 8_080 })).toBe('3');
  expect(await ips({ new_after: at(3).toISOString() })).toBe('');
  expect(await ips({ severity: ['high'] })).toBe('');
  const { ranges: within } = createKeyScope(['127.0.0.1', '127.0.0.3'])!;
  expect(await ips({ within })).toBe('13');
  expect(await store.hosts.findOne('127.0.0.2', within)).toBeUndefined();
  const changes = await store.hosts.findChanges({ limit: 100, kind: ['port_opened'], within });
  expect(changes.items.map(({ ip, port }) => `${ip.at(-1)}:${port}`)).toEqual(['1:22', '1:80', '3:8080']);

  const services: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.hosts.findServices({ state: 'open', limit: 1, cursor });
    services.push(...page.items.map(({ ip, port }) => `${ip.at(-1)}:${port}`));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  expect(services).toEqual(['1:22', '1:80', '2:80', '3:8080']);
});

it('waits with the deletion of a task until its scans are added', async () => {
  const taskId = await scan(
    1,
    Array.from({ length: 8 }, () => open(22)),
  );
  await store.tasks.calculateTaskProgress(taskId);
  await store.tasks.settleTasks([taskId]);
  await store.cleanUp.requestOne(taskId, 'test', at(2));
  expect(await store.cleanUp.findRequested(10)).toEqual([]);
  await follow();
  expect(await store.cleanUp.findRequested(10)).toEqual([{ task_id: taskId, isDeleting: false }]);
});
