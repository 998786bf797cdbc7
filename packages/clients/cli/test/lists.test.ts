import type { ApiNode, ApiSubTask, ApiTask } from '../src';
import { type ApiPeer, createApiPeer, TASK_ID, toTask } from './api-peer';
import { runCli } from './run-cli';

const toSubTask = (index: number, changes: Partial<ApiSubTask> = {}): ApiSubTask => ({
  task_id: TASK_ID,
  subtask_id: `${TASK_ID}-${index}`,
  ip: `127.0.${index >> 8}.${index & 255}`,
  status: 'PENDING',
  index,
  attempt: 0,
  retry_count: 0,
  max_retries: 3,
  node_losses: 0,
  status_history: [],
  created_time: '2026-01-31T12:00:00.000Z',
  updated_time: '2026-01-31T12:00:00.000Z',
  ...changes,
});

const toTaskId = (index: number) => `${TASK_ID.slice(0, -1)}${index}`;

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  for (let index = 0; index < 5; index++) {
    const status = index === 3 ? 'PAUSED' : 'RUNNING';
    const id = toTaskId(index);
    peer.tasks.set(id, toTask(id, { status, task_target: `127.0.0.${index}\u001b[2J` }));
  }
  peer.subtasks = [
    ...Array.from({ length: 2_500 }, (_, index) => toSubTask(index)),
    toSubTask(2_500, {
      status: 'COMPLETED',
      assigned_node: 'node-1',
      scan_result: {
        open_ports: [22],
        services: ['22/tcp ssh \u001b]0;owned\u0007SSH-2.0\u009b2J'],
        response_time: 1,
      },
    }),
    toSubTask(2_501, {
      status: 'FAILED',
      error_info: { error_code: 'NODE_LOST', error_message: 'gone\nwild', error_time: '2026-01-31T12:00:00.000Z' },
    }),
  ];
});
afterEach(() => peer.close());

it('task list: a table on stdout, and on stderr that there is more', async () => {
  const { code, stdout, stderr } = await runCli(peer, ['task', 'list', '--limit', '2']);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'TASK_ID                   STATUS   WAITS  PROGRESS  TARGETS  FAILED  TIMEOUT  CREATED               INITIATOR  NAME  LABELS  TARGET',
    '0123456789abcdef01234560  RUNNING  -            0%       16       0        0  2026-01-31 12:00:00Z  tester     -     -       127.0.0.0',
    '0123456789abcdef01234561  RUNNING  -            0%       16       0        0  2026-01-31 12:00:00Z  tester     -     -       127.0.0.1',
    '',
  ]);
  expect(stderr).toBe('there are more tasks: --all, or --cursor "2"\n');
});

it('task list --json: one document with the cursor, which continues the list', async () => {
  const first = (await runCli(peer, ['task', 'list', '--limit', '2', '--json'])).json();
  expect(first).toMatchObject({ items: [{ task_id: toTaskId(0) }, { task_id: toTaskId(1) }], next_cursor: '2' });
  const words = ['task', 'list', '--json', '--cursor', first.next_cursor];
  const rest = (await runCli(peer, words)).json();
  expect(Object.keys(rest)).toEqual(['items']);
  expect(rest.items).toHaveLength(3);
});

it('subtask list --open says that no host has an open port', async () => {
  peer.subtasks = [];
  expect((await runCli(peer, ['subtask', 'list', toTaskId(0), '--open'])).stderr).toBe('no hosts with an open port\n');
});

it('task list --all ends where a cursor leads to itself', async () => {
  peer.override = () => ({ status: 200, body: { items: [], next_cursor: 'again' } });
  const { code, stderr } = await runCli(peer, ['task', 'list', '--all']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('error: the list does not continue')]);
  expect(peer.received).toHaveLength(2);
});

it('task list --status accepts statuses in upper or lower case', async () => {
  const list = async (words: string) => (await runCli(peer, `task list --json ${words}`.split(' '))).json().items;
  expect(await list('--status paused')).toMatchObject([{ task_id: toTaskId(3), status: 'PAUSED' }]);
  for (const words of ['paused,RUNNING', 'paused --status running']) {
    expect(await list(`--status ${words}`)).toHaveLength(5);
  }
});

it('task list passes every filter and the order on', async () => {
  peer.tasks.set(toTaskId(4), toTask(toTaskId(4), { name: '每晚', labels: ['夜间', 'b'] }));
  const words =
    'task list --status RUNNING --label 夜间 --label b --initiator i --category c --type t --pool p --target 10.0.0.0/8 --after 2026-01-31T12:00:00Z --before 2026-02-01T12:00:00Z --sort priority --limit 7';
  expect((await runCli(peer, words.split(' '))).stdout).toMatch(/ tester +每晚 +夜间, b +127/);
  expect(peer.received[0]!.query).toEqual({
    status: 'RUNNING',
    label: ['夜间', 'b'],
    task_initiator: 'i',
    task_category: 'c',
    task_type: 't',
    pool: 'p',
    target: '10.0.0.0/8',
    after: '2026-01-31T12:00:00Z',
    before: '2026-02-01T12:00:00Z',
    sort: 'priority',
    limit: '7',
  });
});

it.each([[['--json']], [[]]])('an empty list is no error %j', async (words) => {
  const { code, stdout, stderr } = await runCli(peer, ['task', 'list', '--status', 'FAILED', ...words]);
  expect(code).toBe(0);
  if (words.length > 0) expect(JSON.parse(stdout)).toEqual({ items: [] });
  else expect([stdout, stderr]).toEqual(['', 'no tasks\n']);
});

it('subtask list --all follows the cursors in pages of 1,000', async () => {
  const { json } = await runCli(peer, ['subtask', 'list', toTaskId(0), '--all', '--json']);
  expect(json().items).toHaveLength(2_502);
  expect(peer.received.map(({ query }) => [query['cursor'], query['limit']])).toEqual([
    [undefined, '1000'],
    ['1000', '1000'],
    ['2000', '1000'],
  ]);
});

it('subtask list --limit collects the limit over several pages', async () => {
  const { json } = await runCli(peer, ['subtask', 'list', toTaskId(0), '--limit', '1500', '--json']);
  expect(json()).toMatchObject({ next_cursor: '1500' });
  expect(json().items).toHaveLength(1_500);
});

it('subtask list --open and --ip filter in the API', async () => {
  const open = (index: number) =>
    toSubTask(index, { scan_result: { open_ports: [80], services: [], response_time: 1 } });
  for (const index of [10, 1_500, 2_400]) peer.subtasks[index] = open(index);
  const { stdout, stderr } = await runCli(peer, ['subtask', 'list', toTaskId(0), '--open', '--limit', '2']);
  expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
    expect.stringContaining('127.0.0.10 '),
    expect.stringContaining('127.0.5.220 '),
  ]);
  expect(stderr).toBe('there are more hosts with an open port: --all, or --cursor "2"\n');
  const all = await runCli(peer, ['subtask', 'list', toTaskId(0), '--open', '--all', '--status', 'pending', '--json']);
  expect(all.json()).toEqual({ items: [open(10), open(1_500), open(2_400)] });
  const one = await runCli(peer, ['subtask', 'list', toTaskId(0), '--ip', '127.0.5.220', '--json']);
  expect(one.json()).toEqual({ items: [open(1_500)] });
  expect(peer.received.map(({ query }) => query)).toEqual([
    { limit: '2', has_open_ports: 'true' },
    { limit: '1000', has_open_ports: 'true', status: 'PENDING' },
    { limit: '100', ip: '127.0.5.220' },
  ]);
});

it('subtask list --open shows ports and services, and a hostile banner does no harm', async () => {
  const { code, stdout } = await runCli(peer, ['subtask', 'list', toTaskId(0), '--open']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/COMPLETED {2}- +node-1 +0 {2}22 +22\/tcp ssh SSH-2.0\n$/);
  const asJson = await runCli(peer, ['subtask', 'list', toTaskId(0), '--open', '--json']);
  expect(asJson.stdout.trimEnd()).not.toMatch(/\p{Cc}/u);
  expect(asJson.json().items).toEqual([peer.subtasks[2_500]]);
});

it('lists show why something waits and until when, and task get explains it', async () => {
  const reason: ApiTask['waiting_reason'] = {
    code: 'retries_backoff',
    message: 'only 2 retries\u001b[2J left',
    until: '2026-01-31T12:00:05.250Z',
  };
  peer.tasks.set(toTaskId(4), toTask(toTaskId(4), { waiting_reason: reason }));
  peer.subtasks = [toSubTask(0, { waiting_reason: { code: 'task_paused', message: 'paused by otto' } })];
  const tasks = (await runCli(peer, ['task', 'list'])).stdout.split('\n');
  expect(tasks[4]).toMatch(/^\w+3 +PAUSED +- +0%/);
  expect(tasks[5]).toMatch(/^\w+4 +RUNNING +retries_backoff until 2026-01-31 12:00:05Z +0%/);
  expect((await runCli(peer, ['subtask', 'list', toTaskId(0)])).stdout).toMatch(/PENDING +task_paused +- /);
  const { stdout } = await runCli(peer, ['task', 'get', toTaskId(4)]);
  expect(stdout).toMatch(/\nwaits +retries_backoff until 2026-01-31 12:00:05Z: only 2 retries left\n/);
  expect((await runCli(peer, ['task', 'get', toTaskId(3)])).stdout).not.toMatch(/^waits/m);
});

it('subtask list shows the error of a failed subtask on one line', async () => {
  const { stdout } = await runCli(peer, ['subtask', 'list', toTaskId(0), '--status', 'failed']);
  expect(stdout.split('\n')[1]).toMatch(/FAILED .* NODE_LOST: gone wild$/);
});

it('subtask list --last-node asks for what a lost node held; node get says how', async () => {
  await runCli(peer, ['subtask', 'list', toTaskId(0), '--last-node', 'node-1']);
  expect(peer.received.at(-1)!.query).toMatchObject({ last_node: 'node-1' });
  peer.nodes = [{ ...NODE, status: 'offline' }];
  const { stderr } = await runCli(peer, ['node', 'get', 'node-1']);
  expect(stderr).toBe('what it held: cyberstroll subtask list <task_id> --last-node node-1\n');
});

const NODE: ApiNode = {
  node_id: 'node-1',
  instance_id: 'node-1-a',
  status: 'online',
  capacity: 64,
  current_task_count: 3,
  pools: ['default', 'edge'],
  methods: ['connect', 'nmap'],
  system_info: { cpu_usage: 12.4, memory_usage: 50, active_threads: 4 },
  last_seen: '2026-01-31T12:00:00.000Z',
  first_seen: '2026-01-31T12:00:00.000Z',
  current_tasks: [],
};

it('node list', async () => {
  peer.nodes = [NODE];
  const { stdout } = await runCli(peer, ['node', 'list']);
  expect(stdout.split('\n')).toEqual([
    'NODE_ID  STATUS  RUNNING  CAPACITY  POOLS         METHODS       CPU  MEMORY  LAST_SEEN             VERSION',
    'node-1   online        3        64  default,edge  connect,nmap  12%     50%  2026-01-31 12:00:00Z  -',
    '',
  ]);
  expect((await runCli(peer, ['node', 'list', '--json'])).json()).toEqual({ items: peer.nodes });
});

it('node counts adds the intervals up, for the time that they cover', async () => {
  const none = Array(10).fill(0);
  peer.nodeCounts = {
    since: '2026-01-31T11:05:00.000Z',
    timestamp: '2026-01-31T11:06:40.000Z',
    interval_seconds: 60,
    more: true,
    items: [{ node_id: 'node-1', completed: [300, 50, ...none], failed: [0, 7, ...none] }],
  };
  const { stdout, stderr } = await runCli(peer, ['node', 'counts']);
  expect(stdout.split('\n')).toEqual([
    'NODE_ID  SCANNED  PER SECOND  FAILED',
    'node-1       350         3.5       7',
    '',
  ]);
  expect(stderr).toBe('there are more nodes than are listed here\n');
});
