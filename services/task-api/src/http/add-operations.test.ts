import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditOutcome } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { testLogger } from '@cyberstroll/testkit';
import express, { Router } from 'express';
import { addOperations, type Handlers } from './add-operations';
import { setCaller } from './caller';
import { createCommandAudit } from './middleware/audit';
import { createProblemHandler } from './middleware/problem-handler';

/** A service with this handler alone, for an admin. */
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
  app.use((_request, response, next) => {
    setCaller(response, { name: 'ada', role: 'admin' }, { watch: () => () => undefined });
    next();
  });
  const router = Router();
  addOperations(router, { store, audit, logger: testLogger, answerWithinMs: 60_000 }, handlers);
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
  return { outcomes, post, close: () => server.close() };
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
