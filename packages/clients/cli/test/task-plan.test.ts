import { createTaskRequestSchema } from '@cyberstroll/contracts';
import { type ApiPeer, createApiPeer, TASK_ID, toTask } from './api-peer';
import { runCli } from './run-cli';

const PLAN = {
  would_create: true,
  total_targets: 256,
  excluded: 2,
  duplicates: 1,
  refused: [],
  refused_count: 0,
  sample: { first: ['10.0.0.0'], last: ['10.0.0.255'] },
  ports: 2,
  probes: 512,
  estimate: { seconds: 90, by: 'fleet_rate' },
  warnings: [],
  begins: '2099-01-01T22:00:00.000Z',
  exclusions: {
    count: 4,
    by: [{ exclusion_id: 'a'.repeat(24), target: '10.0.0.4/30', reason: 'a heart monitor', count: 4 }],
    ports: [{ exclusion_id: 'b'.repeat(24), target: '10.0.0.9', reason: 'it prints', count: 1, ports: '9100' }],
  },
};
const { exclusions: _, ...PLAN_OF_AN_EARLIER_SERVER } = PLAN;
const REFUSED = {
  ...PLAN_OF_AN_EARLIER_SERVER,
  would_create: false,
  refused_count: 1,
  estimate: null,
  refused: [{ field: 'task_target', entry: 'x\u001b[2J', position: 7, code: 'invalid_targets', reason: 'no address' }],
  warnings: [{ code: 'no_node_in_pool', message: 'no node takes work of pool "default"' }],
};

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
});
afterEach(() => peer.close());
const run = (line: string, stdin?: string) => runCli(peer, line.split(' '), { stdin });

it.each(['target check 10.0.0.0/24 - --exclude 10.0.0.1', 'task create 10.0.0.0/24 - --exclude 10.0.0.1 --dry-run'])(
  '%s shows what would be scanned',
  async (line) => {
    peer.override = () => ({ status: 200, body: PLAN });
    const { code, stdout } = await run(line, '10.0.0.9\n');
    expect([code, peer.received.map(({ method, path }) => `${method} ${path}`)]).toEqual([
      0,
      ['POST /api/tasks/dry-run'],
    ]);
    expect(createTaskRequestSchema.parse(peer.received[0]!.body)).toMatchObject({
      task_target: '10.0.0.0/24,10.0.0.9',
      exclude_target: '10.0.0.1',
    });
    expect(stdout).toContain('targets       256\n');
    expect(stdout).toMatch(/begins +2099-01-01 22:00:00Z/);
    expect(stdout).toMatch(/\na{24} +10\.0\.0\.4\/30 +4 +a heart monitor\n/);
    expect(stdout).toMatch(/\nb{24} +10\.0\.0\.9 +9100 +1 +it prints\n/);
    expect(stdout).toContain('estimate      1 min 30 s with all slots of the pool\n');
  },
);

it('lists what is refused, and exits with 2', async () => {
  peer.override = () => ({ status: 200, body: REFUSED });
  const { code, stdout, stderr } = await run('target check x');
  expect([code, stderr]).toEqual([2, expect.stringContaining('this task would not be created')]);
  expect(stdout).toMatch(/\nx +task_target +7 +no address\n/);
  expect(stdout).toMatch(/\nno_node_in_pool +no node takes work of pool "default"\n$/);
  expect((await run('target check x --json')).json()).toEqual(REFUSED);
});

it('scans a task again: only what is given is sent', async () => {
  peer.override = () => ({ status: 201, body: toTask(TASK_ID, { from_task: TASK_ID, only: 'failed' }) });
  const { code, stdout } = await run(`task create --from ${TASK_ID} --only failed --priority 3 --initiator me`);
  expect([code, stdout]).toEqual([0, `${TASK_ID}\n`]);
  expect(peer.received[0]!.body).toEqual({
    from_task: TASK_ID,
    only: 'failed',
    task_initiator: 'me',
    config: { priority: 3 },
  });
  await run(`task create --from ${TASK_ID} --ports 443 --initiator me`);
  expect(peer.received[1]!.body).toEqual({ from_task: TASK_ID, task_initiator: 'me', scan: { ports: '443' } });
});

it.each([
  ['task create', 'name the targets, or a task with --from'],
  ['task create 10.0.0.1 --only failed', '--only needs --from'],
])('%s is a usage error', async (line, message) => {
  const { code, stderr } = await run(line);
  expect([code, stderr, peer.received]).toEqual([2, expect.stringContaining(message), []]);
});
