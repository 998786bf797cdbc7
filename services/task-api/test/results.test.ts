import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import {
  createTcpProxy,
  createTestbed,
  eventually,
  recordCommands,
  type TcpProxy,
  type Testbed,
  toRecordableUri,
} from '@cyberstroll/testkit';
import { createConnection, Types } from 'mongoose';
import { type Api, createApi, newTask, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';

/** When the first host was scanned. */
const START = new Date(Date.now() - 3_600_000);
/** Results of one task: enough that neither buffers nor one batch hold them. */
const COUNT = 5_000;
/** Port 22 is open on 20 addresses. */
const EACH_22 = COUNT / 20;
const WEB = [80, 81, 82, 83];
const BANNER = `http ${'banner '.repeat(60)}`;

let testbed: Testbed;
let mongodb: TcpProxy;
let service: ReturnType<typeof createService>;
let api: Api;
let taskId: string;
beforeAll(async () => {
  testbed = await createTestbed();
  mongodb = await createTcpProxy(testbed.mongodb_uri);
  // Directly, so that every connection is by way of the proxy.
  service = createService({ ...testbed, mongodb_uri: `${toRecordableUri(mongodb.url)}&directConnection=true` });
  await service.start();
  api = createApi(() => service.port());
  taskId = (await api('POST', '/api/tasks', { body: newTask({ task_target: '127.0.0.0/8', labels: ['office'] }) })).body
    .task_id;
  await insertResults();
});
afterAll(async () => {
  await service?.stop();
  await mongodb?.close();
  await testbed?.cleanup();
});

/** Four ports are open on every address, port 22 on some, with a banner that its host has chosen well. */
async function insertResults(): Promise<void> {
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  const prefix = createHash('sha256').update(taskId).digest().subarray(0, 8);
  const toDocument = (index: number) => {
    const ports = [...(index % EACH_22 === 0 ? [22] : []), ...WEB];
    return {
      // As the store makes it: cursors are made of it.
      _id: new Types.ObjectId(`${prefix.toString('hex')}${index.toString(16).padStart(8, '0')}`),
      task_id: taskId,
      subtask_id: `${taskId}-${index}`,
      index,
      status: 'COMPLETED',
      has_open_ports: true,
      ip: `127.0.${index >> 8}.${index & 255}`,
      assigned_node: 'node-1',
      completed_time: new Date(START.getTime() + index),
      address_key: `4${(0x7f00_0000 + index).toString(16)}`,
      scan_result: {
        open_ports: ports,
        services: ports.map((port) => `${port}/tcp ${port === 22 ? '=cmd|"/c calc"!A1, ssh' : BANNER}`),
        response_time: 1,
      },
    };
  };
  try {
    for (let first = 0; first < COUNT; first += 500) {
      const documents = Array.from({ length: 500 }, (_, i) => toDocument(first + i));
      await connection.collection('subtasks').insertMany(documents);
    }
  } finally {
    await connection.close();
  }
}

const list = async (query: string, accept?: string) => {
  const answer = await api('GET', `/api/results?${query}`, accept === undefined ? {} : { headers: { accept } });
  expect(answer.status).toBe(200);
  return answer;
};

/** By pages from a cursor on, at most `most`: a page ends early where the database is slow. */
async function readItems(query: string, most: number, cursor?: string): Promise<{ items: object[]; next?: string }> {
  const { items: named, next_cursor: next } = (
    await list(`${query}&limit=${most}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
  ).body;
  // A page says what each task is called, and a stream does not.
  const items = named.map(({ task_name, ...item }: { task_name?: string }) => {
    expect(task_name).toBe('127.0.0.0/8');
    return item;
  });
  if (next === undefined || items.length === most) return { items, next };
  const rest = await readItems(query, most - items.length, next);
  return { ...rest, items: [...items, ...rest.items] };
}

const toLines = (text: string) => text.split('\n').filter((line) => line !== '');

it('which hosts have port 22 open is one request, in pages or as a stream', async () => {
  const first = await readItems('port=22', 15);
  const last = await readItems('port=22', 100, first.next);
  // A cursor continues its own list alone.
  toProblemOf(await api('GET', `/api/results?port=80&cursor=${first.next}`), 400, 'invalid_query');
  expect([first.items.length, last.items.length, last.next]).toEqual([15, 5, undefined]);
  expect(last.items.at(-1)).toMatchObject({ ip: '127.0.0.0', open_ports: [22, ...WEB], assigned_node: 'node-1' });
  const streamed = (await list('port=22&format=ndjson')).body;
  expect(toLines(streamed).map((line) => JSON.parse(line))).toEqual([...first.items, ...last.items]);
  const byAddress = await readItems('port=22&sort=address', 100);
  expect(byAddress.items).toEqual([...first.items, ...last.items].reverse());
  const ofTask = await api('GET', `/api/tasks/${taskId}/results?port=22&format=ndjson`);
  expect(toLines(ofTask.body)).toEqual(toLines(streamed).reverse());
});

it.each([
  ['text/csv', '', 'text/csv'],
  ['application/x-ndjson', '', 'application/x-ndjson'],
  ['text/csv;q=0.5, application/x-ndjson', '', 'application/x-ndjson'],
  ['text/csv', '&format=json', 'application/json'],
  ['*/*', '', 'application/json'],
  ['text/html', '', 'application/json'],
])('Accept: %s with "%s" gets %s', async (accept, more, type) => {
  const { headers } = await list(`port=22${more}`, accept);
  expect(headers.get('content-type')).toMatch(new RegExp(`^${type}(;|$)`));
  expect(headers.get('vary')).toContain('Accept');
});

it('results of an unknown task get 404, in every form', async () => {
  for (const format of ['json', 'ndjson', 'csv']) {
    const answer = await api('GET', `/api/tasks/${'f'.repeat(24)}/results?format=${format}`);
    toProblemOf(answer, 404, 'task_not_found');
  }
});

/** A stream whose client has its head, and takes the rest when it likes. */
async function openStream(format: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${KEYS.viewer}` };
  const request = get({ port: service.port(), path: `/api/results?format=${format}`, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

it('a client that takes nothing stops the reading, and one that goes away ends it', async () => {
  const recording = recordCommands();
  const findReads = () => recording.commands.filter(({ name }) => name === 'getMore');
  try {
    const response = await openStream('ndjson');
    response.pause();
    await eventually(() => findReads().length > 0);
    const cursor = String(findReads()[0]!.command['getMore']);
    const countReads = () => findReads().filter(({ command }) => String(command['getMore']) === cursor).length;
    // All batches would be read within the time that another client takes them.
    await expectEveryRow();
    const seen = countReads();
    expect(seen).toBeLessThan(COUNT / 500 / 2);
    response.destroy();
    await eventually(() => recording.commands.some(({ name }) => name === 'killCursors'));
    expect(countReads()).toBeLessThanOrEqual(seen + 1);
  } finally {
    recording.stop();
  }
});

it('21 exports that find nothing keep no other request waiting: a third of one key and a ninth are refused', async () => {
  const keys: string[] = Object.values(KEYS);
  for (let i = keys.length; i < 11; i++) {
    keys.push(
      (await api('POST', '/api/keys', { key: KEYS.admin, body: { name: `k${i}`, role: 'viewer' } })).body.secret,
    );
  }
  let held = 0;
  let release = () => {};
  const after = new Promise<void>((resolve) => {
    release = resolve;
  });
  const end = mongodb.intercept((request) => {
    if (!request.includes('ftpx')) return undefined;
    held += 1;
    return { after };
  });
  const answered: unknown[] = [];
  const open = (key: string) =>
    get(
      {
        port: service.port(),
        path: '/api/results?service=ftpx&format=ndjson',
        headers: { authorization: `Bearer ${key}` },
      },
      (answer) => answered.push([answer.statusCode, answer.headers['retry-after']]),
    ).on('error', () => undefined);
  const exports = [keys[0]!, keys[0]!].map(open);
  try {
    await eventually(() => held === 2);
    const third = await api('GET', `/api/tasks/${taskId}/results?format=csv`, { key: keys[0]! });
    expect(third.headers.get('retry-after')).toBe('10');
    toProblemOf(third, 429, 'too_many_exports');
    exports.push(...[...keys.slice(1), ...keys.slice(1, 10)].map(open));
    // Eight have a place, and there are no more connections for them.
    await eventually(() => answered.length === 13 && held === 4);
    expect(answered).toEqual(Array(13).fill([503, '10']));
    toProblemOf(await api('GET', '/api/results?format=csv', { key: keys[10]! }), 503, 'exports_busy');
    expect((await readItems('port=22', 100)).items).toHaveLength(20);
    expect((await api('GET', '/api/tasks')).status).toBe(200);
    expect([held, answered.length]).toEqual([4, 13]);
  } finally {
    for (const request of exports) request.destroy();
    release();
    end();
  }
});

it('every result comes once', expectEveryRow);

async function expectEveryRow(): Promise<void> {
  let rows = 0;
  for await (const chunk of await openStream('csv')) rows += String(chunk).split('\n').length - 1;
  expect(rows).toBe(1 + COUNT * WEB.length + COUNT / EACH_22);
}

it('a fault in the middle ends the connection before the end of the answer', async () => {
  const response = await openStream('ndjson');
  await once(response, 'readable');
  mongodb.cut();
  const read = async () => {
    for await (const _chunk of response);
  };
  await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });
  toProblemOf(await api('GET', '/api/results?format=csv'), 503, 'mongodb_unavailable');
  mongodb.restore();
  await eventually(async () => (await api('GET', '/readyz', { key: null })).body.status === 'ok');
});

it('a stop waits for a stream for some seconds, then cuts it off', async () => {
  const response = await openStream('ndjson');
  response.pause();
  const cut = once(response, 'aborted');
  await service.stop();
  response.resume();
  await cut;
});
