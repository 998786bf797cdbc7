import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { SubTask } from '@cyberstroll/contracts';
import { type Cell, createPositions, decodeSnapshot, findBlocks, isLikeProgress } from '@cyberstroll/grid';
import { eventually, recordCommands, sendOut, toRecordableUri, toUpdate } from '@cyberstroll/testkit';
import { type Api, createApi, newTask } from './api-client';
import { createService, KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
let service: ReturnType<typeof createService>;
let taskId: string;
beforeAll(async () => {
  fixture = await setup();
  service = createService({ ...fixture.testbed, mongodb_uri: toRecordableUri(fixture.testbed.mongodb_uri) });
  await service.start();
  api = createApi(() => service.port());
  taskId = await createTask();
});
afterAll(async () => {
  await service?.stop();
  await fixture?.cleanup();
});

/** Two networks in permuted order without one address, and subtasks in every state that a node can bring about. */
async function createTask() {
  const { store } = fixture;
  const targets = { task_target: '127.0.0.0/23,127.9.0.0/28', exclude_target: '127.0.0.7' };
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask(targets) })).body;
  await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
  await sendOut(store, task_id);
  const statuses = ['ASSIGNED', 'SCANNING', 'COMPLETED', 'FAILED'] as const;
  const { results } = await store.subTasks.batchUpdateSubTasks(
    Array.from({ length: 400 }, (_, i) => ({
      sender: { node_id: `node-${i % 3}`, instance_id: 'a' },
      update: toUpdate(task_id, i, {
        status: statuses[i % 4]!,
        started_time: new Date().toISOString(),
        ...(i % 4 === 2 && { scan_result: { open_ports: i % 8 === 2 ? [80] : [], services: [], response_time: 2 } }),
        // Failed with a retry, and failed for good.
        ...(i % 4 === 3 && {
          error_info: { error_code: i % 8 === 3 ? 'OUT_OF_SCOPE' : 'INTERNAL_ERROR', error_message: '' },
        }),
      }),
    })),
  );
  expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['applied']));
  await store.tasks.calculateTaskProgress(task_id);
  return task_id as string;
}

const getGrid = async (query = '') => {
  const answer = await api('GET', `/api/tasks/${taskId}/grid?${query}`, { key: KEYS.viewer });
  expect(answer.status).toBe(200);
  return { ...answer, ...decodeSnapshot(answer.body as Buffer) };
};

async function listAll(): Promise<SubTask[]> {
  const { body } = await api('GET', `/api/tasks/${taskId}/subtasks?limit=1000`);
  expect(body).not.toHaveProperty('next_cursor');
  return body.items;
}

const toCell = ({ status, attempt, assigned_node: node, scan_result }: SubTask): Cell => ({
  status,
  attempt,
  node,
  has_open_ports: (scan_result?.open_ports.length ?? 0) > 0,
});

it('has the state of every subtask, as the list of them says, by its address', async () => {
  const { header, cells, headers } = await getGrid();
  expect(headers.get('content-encoding')).toBe('gzip');
  expect(header).toMatchObject({ task_id: taskId, total_targets: 527, total_cells: 527, from: 0, count: 527, per: 1 });
  expect(header.ranges).toEqual([
    ['127.0.0.0', 7],
    ['127.0.0.8', 504],
    ['127.9.0.0', 16],
  ]);
  const subTasks = await listAll();
  const positions = createPositions(header);
  for (const subTask of subTasks) {
    const position = positions.findPosition(subTask.ip)!;
    expect([subTask.ip, cells[position]]).toEqual([subTask.ip, toCell(subTask)]);
    expect([positions.toIndex(position), positions.toPosition(subTask.index)]).toEqual([subTask.index, position]);
  }
  expect(new Set(cells.map(({ status }) => status)).size).toBe(6);
  expect(new Set(cells.map(({ node }) => node))).toEqual(new Set(['node-0', 'node-1', 'node-2', undefined]));

  const window = await getGrid('from=500&count=20');
  expect(window.cells).toEqual(cells.slice(500, 520));
  expect(window.header.ranges).toEqual([
    ['127.0.1.245', 11],
    ['127.9.0.0', 9],
  ]);
});

it('has the same cells by index, in parts that skip what nobody has touched', async () => {
  const { header, cells } = await getGrid();
  const positions = createPositions(header);
  const found = new Map<number, Cell>();
  const begins: number[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const part = await getGrid(`by=index&from=${from}&count=150`);
    expect(part.header).toMatchObject({ by: 'index', from, per: 1, ranges: [], total_targets: 527 });
    begins.push(from);
    for (const [i, cell] of part.cells.entries()) found.set(positions.toPosition(from + i), cell);
    from = part.header.next;
  }
  expect(begins).toEqual([0, 150, 300]);
  expect([...found.keys()].map((position) => [position, cells[position]])).toEqual([...found]);
  expect(found.size).toBe(450);
  expect(await getGrid('by=index&from=600')).toMatchObject({ cells: [], header: { count: 0 } });
});

it('has the counts of each /24, whatever is excluded, with the sums of the progress', async () => {
  const { header, blocks } = await getGrid('per=256');
  expect(findBlocks(header.ranges, 256)).toEqual({ total: 3, starts: [0, 255, 511, 527] });
  expect(blocks.map(({ counts }) => Object.values(counts).reduce((sum, each) => sum + each))).toEqual([255, 256, 16]);
  const subTasks = await listAll();
  const inSecond = subTasks.filter(({ ip }) => ip.startsWith('127.0.1.'));
  expect(blocks[1]!.counts.FAILED).toBe(inSecond.filter(({ status }) => status === 'FAILED').length);
  expect(blocks[1]!.open_ports).toBe(inSecond.filter((subTask) => toCell(subTask).has_open_ports).length);
  expect((await getGrid('per=256&from=1&count=1')).blocks).toEqual([blocks[1]]);
  const [whole] = (await getGrid('per=65536')).blocks;
  const sums = whole!.counts;
  for (const [status, each] of Object.entries((await getGrid('per=65536&from=1')).blocks[0]!.counts)) {
    sums[status as keyof typeof sums] += each;
  }
  // The progress that is read may be a second old.
  const readCounts = async () => (await api('GET', `/api/tasks/${taskId}/progress`)).body.counts;
  await eventually(async () => isLikeProgress(sums, await readCounts(), false));
});

it('a /16 in one state costs bytes on the wire', async () => {
  const body = newTask({ task_target: '127.32.0.0/16', config: { pool: 'nobody' } });
  const { task_id } = (await api('POST', '/api/tasks', { body })).body;
  const url = `http://127.0.0.1:${service.port()}/api/tasks/${task_id}/grid`;
  const headers = { authorization: `Bearer ${KEYS.viewer}`, 'accept-encoding': 'gzip' };
  const [response] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  const bytes = Buffer.concat(await response.toArray());
  expect(bytes.length).toBeLessThan(2_000);
  expect(decodeSnapshot(gunzipSync(bytes)).cells).toHaveLength(65_536);
});

const toIndex = (id: unknown) => Number.parseInt(String(id).slice(-8), 16);

/** The reads of `subtasks` meanwhile, and the widths of their ranges. */
async function recordReads(act: () => Promise<void>): Promise<string[]> {
  const recording = recordCommands();
  try {
    await act();
  } finally {
    recording.stop();
  }
  return recording.commands.flatMap(({ name, collection, command }) => {
    if (collection !== 'subtasks') return [];
    const { $gte: first, $lte: last } = command['pipeline']?.[0].$match._id ?? {};
    return first === undefined ? name : `${name} of ${toIndex(last) - toIndex(first) + 1}`;
  });
}

it('counts the blocks of a task of any size, 32,768 indexes at a time, and skips what nobody has touched', async () => {
  const { store } = fixture;
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask({ task_target: '127.0.0.0/8' }) })).body;
  await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
  const sender = { node_id: 'node-1', instance_id: 'a' };
  const indexes = [0, 65_536, 2_000_000, 2 ** 24 - 1];
  const now = new Date(Date.now() - 60_000);
  for (const first_index of indexes) await store.chunks.openChunk({ task_id, first_index, count: 1, now });
  await store.subTasks.batchUpdateSubTasks(indexes.map((index) => ({ sender, update: toUpdate(task_id, index) })));
  const reads = await recordReads(async () => {
    const { body } = await api('GET', `/api/tasks/${task_id}/grid?per=65536`);
    const scanning = decodeSnapshot(body as Buffer).blocks.map(({ counts }) => counts.SCANNING);
    expect([scanning.length, scanning.reduce((sum, each) => sum + each)]).toEqual([256, indexes.length]);
  });
  // Four that have one, and the three after these.
  const slices = reads.filter((name) => name.startsWith('aggregate'));
  expect(slices).toEqual(Array(7).fill('aggregate of 32768'));
});

it('a closed part is read once, until a failed subtask of it is tried again', async () => {
  const { store, runningTask } = fixture;
  const id = await runningTask(Array(7).fill('FAILED'), { task_target: '127.0.9.0/29' });
  const readStates = async (query: string, headers?: Record<string, string>) => {
    const { body } = await api('GET', `/api/tasks/${id}/grid?by=index&${query}`, { headers: headers ?? {} });
    return decodeSnapshot(body as Buffer).cells.map(({ status }) => status);
  };
  const [closed, other] = ['count=4', 'from=4'];
  const countReads = async () => {
    const reads = await recordReads(async () => {
      await readStates(closed);
      // An untouched one is in it.
      expect(await readStates(other)).toContain('PENDING');
    });
    return reads.filter((name) => name.startsWith('aggregate')).length;
  };
  expect([await countReads(), await countReads()]).toEqual([2, 1]);
  expect(await readStates(closed, { 'accept-encoding': 'identity' })).toEqual(Array(4).fill('FAILED'));
  const retry = { task_id: id, subtask_id: `${id}-0`, attempt: 1, status: 'RETRYING' } as const;
  await store.subTasks.batchUpdateSubTasks([{ sender: { operator: 'somebody' }, update: retry }]);
  expect(await readStates(closed)).toEqual(['RETRYING', ...Array(3).fill('FAILED')]);
});

it('is empty beyond the last cell', async () => {
  for (const per of [1, 256, 65_536]) {
    const { header, cells, blocks } = await getGrid(`from=9999&per=${per}`);
    expect([header.count, header.ranges, cells, blocks]).toEqual([0, [], [], []]);
  }
});

it('reads the subtasks once; its header alone reads none', async () => {
  const recording = recordCommands();
  try {
    const names = () =>
      recording.commands.filter(({ collection }) => collection === 'subtasks').map(({ name }) => name);
    for (const query of ['cells=false', 'per=256&cells=false']) {
      const { header, cells, blocks } = await getGrid(query);
      expect([header.ranges.length, header.count > 0, cells, blocks]).toEqual([3, true, [], []]);
    }
    expect(names()).toEqual([]);
    for (const query of ['count=500', 'per=256&count=9', 'from=100&count=50']) await getGrid(query);
    expect(names()).toEqual(['aggregate', 'aggregate', 'aggregate']);
  } finally {
    recording.stop();
  }
});
