import { FAILURE, report, sendOut } from '@cyberstroll/testkit';
import { newTask, toProblemOf } from './api-client';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let before: string;
let after: string;

/** A task over 127.0.0.0/29. These addresses were scanned, with these services open, and 127.0.0.7 failed. */
async function scanned(ports: string, found: Record<number, string[]>): Promise<string> {
  const { api, store } = fixture;
  const body = newTask({ scan: { ports }, config: { order: 'sequential', max_retries: 0 } });
  const { task_id } = (await api('POST', '/api/tasks', { body })).body;
  await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
  await sendOut(store, task_id);
  for (const [index, services] of Object.entries(found)) {
    const open_ports = services.map((text) => Number.parseInt(text, 10));
    const { results } = await report(store, task_id, [Number(index)], {
      status: 'COMPLETED',
      scan_result: { open_ports, services, response_time: 1 },
    });
    expect(results[0]!.outcome).toBe('applied');
  }
  await report(store, task_id, [7], FAILURE);
  return task_id;
}

beforeAll(async () => {
  fixture = await setup();
  before = await scanned('22,80', {
    0: ['22/tcp ssh OpenSSH_9.2'],
    1: ['22/tcp ssh'],
    2: ['80/tcp http'],
    3: [],
    4: ['22/tcp ssh', '80/tcp http'],
    6: ['22/tcp ssh'],
  });
  after = await scanned('22,80,443', {
    0: ['22/tcp ssh OpenSSH_9.6'],
    1: ['22/tcp ssh', '80/tcp =http'],
    2: [],
    3: ['80/tcp http'],
    4: ['22/tcp ssh', '80/tcp http', '443/tcp https'],
    5: ['22/tcp ssh'],
  });
});
afterAll(() => fixture?.cleanup());

const diff = async (query = '') => {
  const answer = await fixture.api('GET', `/api/tasks/${before}/diff/${after}${query}`);
  expect(answer.status).toBe(200);
  return answer.body;
};

const DIFFERENCES = [
  '127.0.0.0 changed: 22 banner_changed',
  '127.0.0.1 changed: 80 opened',
  '127.0.0.2 gone: 80 closed',
  '127.0.0.3 appeared: 80 opened',
];
/** 443 was not in the list of the first; 127.0.0.5 was not scanned by it, nor 127.0.0.6 by the other. */
const NOT_SCANNED = [
  '127.0.0.4 not_scanned: 443 not_scanned',
  '127.0.0.5 not_scanned: 22 not_scanned',
  '127.0.0.6 not_scanned: 22 not_scanned',
];
const SUMMARY = {
  hosts: { appeared: 1, gone: 1, changed: 2, not_scanned: 3, equal: 0 },
  ports: { opened: 2, closed: 1, service_changed: 0, banner_changed: 1, not_scanned: 3 },
};
type Item = { ip: string; change: string; ports: { port: number; change: string }[] };
const toText = ({ ip, change, ports }: Item) =>
  `${ip} ${change}: ${ports.map((port) => `${port.port} ${port.change}`).join(', ')}`;

it('says what became of each host, in the order of addresses, and what is unknown only on request', async () => {
  const { items, summary } = await diff();
  expect([items.map(toText), summary]).toEqual([DIFFERENCES, SUMMARY]);
  expect(items[0].ports[0]).toMatchObject({ before: 'ssh OpenSSH_9.2', after: 'ssh OpenSSH_9.6' });
  expect((await diff('?not_scanned=true')).items.map(toText)).toEqual([...DIFFERENCES, ...NOT_SCANNED]);
});

it('pages follow each other, and their counts add up', async () => {
  const first = await diff('?limit=3');
  const second = await diff(`?limit=3&cursor=${first.next_cursor}`);
  expect([...first.items, ...second.items].map(toText)).toEqual(DIFFERENCES);
  expect([first.summary.hosts.changed + second.summary.hosts.changed, second.next_cursor]).toEqual([2, undefined]);
});

it('a stream has every difference: NDJSON ends with the summary, CSV has a row for each port', async () => {
  const lines = (await diff('?format=ndjson'))
    .trimEnd()
    .split('\n')
    .map((line: string) => JSON.parse(line));
  expect(lines.slice(0, -1).map(toText)).toEqual(DIFFERENCES);
  expect(lines.at(-1)).toEqual({ summary: SUMMARY });
  const rows = (await diff('?format=csv')).split('\r\n');
  expect(rows.slice(0, 3)).toEqual([
    'ip,host,port,protocol,change,before,after',
    '127.0.0.0,changed,22,tcp,banner_changed,ssh OpenSSH_9.2,ssh OpenSSH_9.6',
    "127.0.0.1,changed,80,tcp,opened,,'=http",
  ]);
});

it('a port that an exclusion took out of a scan is not closed: it was not scanned', async () => {
  const [ip, port] = ['127.0.0.2', 80];
  const { created_time: start } = await fixture.store.tasks.getTask(after);
  const given = { target: ip, ports: String(port), reason: 'a fragile device', start };
  await fixture.store.exclusions.create(given, 'otto', new Date());
  expect((await diff()).summary).toMatchObject({ hosts: { gone: 0, not_scanned: 4 }, ports: { closed: 0 } });
  expect((await diff('?not_scanned=true')).items.map(toText)).toContain(`${ip} not_scanned: ${port} not_scanned`);
});

it('an unknown task gets 404, which says which of the two', async () => {
  const unknown = 'f'.repeat(24);
  for (const [path, field] of [
    [`${unknown}/diff/${after}`, 'task_id'],
    [`${before}/diff/${unknown}`, 'other_id'],
    [`${before}/diff/x`, 'other_id'],
  ]) {
    const answer = await fixture.api('GET', `/api/tasks/${path}?format=csv`);
    expect(toProblemOf(answer, 404, 'task_not_found').field).toBe(field);
  }
});
