import { once } from 'node:events';
import { createServer, type IncomingMessage, get as sendGet } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createKeyScope } from '@cyberstroll/access';
import type { AuditOutcome } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { testLogger } from '@cyberstroll/testkit';
import express, { Router } from 'express';
import { addOperations, type Handlers } from './add-operations';
import { setCaller } from './caller';
import { createTaskHandlers } from './handlers/tasks';
import { createCommandAudit } from './middleware/audit';
import { createProblemHandler } from './middleware/problem-handler';

const NETWORKS = 'x-networks';
/** Such a request is answered by somebody else. */
const GONE = 'x-gone';

/** A service with this handler alone, for an admin with the networks that a header names. */
async function start(handlers: Handlers) {
  const outcomes: AuditOutcome[] = [];
  const auditLog = {
    add: async () => 'entry',
    complete: async (_id: string, outcome: AuditOutcome) => void outcomes.push(outcome),
    findPage: async () => ({ items: [] }),
  };
  const store = { auditLog } as never;
  const audit = createCommandAudit({ store, logger: testLogger }, { AUDIT_LOG_DAYS: 1, TRUST_PROXY: () => false });
  const app = express();
  let arrived = 0;
  app.use((request, response, next) => {
    arrived += 1;
    const networks = request.get(NETWORKS);
    const scope = networks === undefined ? undefined : createKeyScope(networks.split(','));
    setCaller(response, { name: 'ada', role: 'admin', ...(scope && { scope }) }, { watch: () => () => undefined });
    next();
    if (request.get(GONE)) setImmediate(() => response.json({}));
  });
  const router = Router();
  addOperations(router, { store, audit, logger: testLogger, guards: [], answerWithinMs: 60_000 }, handlers);
  app.use(router);
  app.use(createProblemHandler(audit, testLogger));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  async function get(path: string, headers: Record<string, string> = {}): Promise<unknown> {
    const asked = sendGet({ host: '127.0.0.1', port, path, headers, agent: false });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return json(answer);
  }
  return { outcomes, post, get, countArrived: () => arrived, close: () => server.close() };
}

it.each<[string, () => Promise<never>, AuditOutcome]>([
  [
    'succeeds',
    async () => ({ change: { before: 'RUNNING', after: 'PAUSED' }, body: {} }) as never,
    { status: 200, reason: 'lunch', before: 'RUNNING', after: 'PAUSED' },
  ],
  ['is refused', () => Promise.reject(new AppError('illegal_transition')), { status: 409, code: 'illegal_transition' }],
])(
  'a command that %s after its request got 503 has no outcome in the audit log until then',
  async (_how, end, outcome) => {
    let endWait: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => {
      endWait = resolve;
    });
    const { outcomes, post, close } = await start({ pauseTask: { run: () => isOver.then(end), withinMs: 1 } });
    try {
      const answer = await post(`/api/tasks/${'a'.repeat(24)}/pause`, { reason: 'lunch' });
      expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'no_answer_in_time' }]);
      expect(outcomes).toEqual([]);
      endWait();
      await isOver;
      await new Promise(setImmediate);
      expect(outcomes).toEqual([outcome]);
    } finally {
      close();
    }
  },
);

it('a list of tasks is answered although who asked for the same first has got an answer meanwhile', async () => {
  const ends: (() => void)[] = [];
  const findTasks = () => new Promise((resolve) => ends.push(() => resolve({ items: [] })));
  const deps = { store: { tasks: { findTasks } }, waiting: { explainTasks: async () => [] } };
  const { listTasks } = createTaskHandlers(deps as never, {} as never, () => undefined);
  const { get, countArrived, close } = await start({ listTasks: listTasks! });
  const until = async (requests: number, reads: number) => {
    while (countArrived() < requests || ends.length < reads) await new Promise(setImmediate);
  };
  try {
    const first = get('/api/tasks');
    await until(1, 1);
    expect(await get('/api/tasks', { [GONE]: 'yes' })).toEqual({});
    const last = get('/api/tasks');
    await until(3, 1);
    ends[0]!();
    await until(3, 2);
    ends[1]!();
    expect([await first, await last]).toEqual([{ items: [] }, { items: [] }]);
  } finally {
    close();
  }
});

it('GET requests for the same at the same time share one answer that was made after they came, if they may see the same', async () => {
  // A call that takes long would not be waited for.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] });
  const ends: (() => void)[] = [];
  const toAnswer = (number: number) => ({ body: { items: [], number } as never });
  const run = () =>
    new Promise<{ body: never }>((resolve) => {
      const number = ends.length + 1;
      ends.push(() => resolve(toAnswer(number)));
    });
  const { get, countArrived, close } = await start({ listTasks: { run, isShared: () => true } });
  async function until(requests: number, calls: number) {
    while (countArrived() < requests || ends.length < calls) await new Promise(setImmediate);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(ends).toHaveLength(calls);
  }
  try {
    const first = get('/api/tasks?limit=5');
    await until(1, 1);
    const others = [
      get('/api/tasks?limit=5'),
      get('/api/tasks?limit=5'),
      get('/api/tasks?limit=6'),
      get('/api/tasks?limit=5', { [NETWORKS]: '10.0.0.0/8' }),
    ];
    await until(5, 3);
    ends[0]!();
    expect(await first).toMatchObject({ number: 1 });
    await until(5, 4);
    const last = get('/api/tasks?limit=5');
    await until(6, 4);
    for (const end of ends) end();
    const [second, third, ...apart] = await Promise.all(others);
    expect([second, third]).toMatchObject([{ number: 4 }, { number: 4 }]);
    expect(apart.map((answer) => (answer as { number: number }).number).sort()).toEqual([2, 3]);
    await until(6, 5);
    ends[4]!();
    expect(await last).toMatchObject({ number: 5 });
  } finally {
    jest.useRealTimers();
    close();
  }
});
