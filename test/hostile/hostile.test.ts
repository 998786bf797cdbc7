import { problemSchema } from '@cyberstroll/contracts';
import { type Answer, ask } from './ask';
import { toBodyCases } from './cases/bodies';
import { toHandshakeCases } from './cases/handshakes';
import { toHeaderCases } from './cases/headers';
import { toRawCases, toStalledCases } from './cases/raw-http';
import { toIdCases, toQueryCases, toRouteCases } from './cases/routes';
import { toTargetCases } from './cases/targets';
import { bearer, type HostileCase, type Target, toRequest } from './hostile-case';
import { startSystem } from './system';

/**
 * Hostile requests by kind, each with the answer that refuses it. For each one the answer is a problem that reveals
 * nothing internal, no state changes, and the service still answers.
 */
const KINDS: Record<string, (target: Target) => HostileCase[]> = {
  bodies: toBodyCases,
  targets: toTargetCases,
  routes: toRouteCases,
  ids: toIdCases,
  queries: toQueryCases,
  headers: toHeaderCases,
  'raw HTTP': toRawCases,
  handshakes: toHandshakeCases,
};

/** Of a stack, a path, an engine or a library. */
const INSIDE = /node_modules|\.[jt]s:\d|\bat \w+ \(|mongo|amqp|rabbit|redis|ioredis|zod|express|\/src\/|ENOENT|ECONN/i;

let system: Awaited<ReturnType<typeof startSystem>>;
let stateBefore: Awaited<ReturnType<typeof system.readState>>;
/** They take as long as the limit that they test, beside the others. */
let stalled: Promise<{ failure: string | undefined }[]>;

beforeAll(async () => {
  system = await startSystem();
  stateBefore = await system.readState();
  stalled = Promise.all(toStalledCases(system.target).map(async (each) => ({ failure: await findFailure(each) })));
});
afterAll(() => system?.stop());

async function findFailure({ title, to = 'task-api', request, ...expected }: HostileCase): Promise<string | undefined> {
  try {
    const answer = await ask(system.toPort(to), request);
    const problem = toProblem(answer);
    const found = { status: answer.status, code: problem?.code, field: problem?.field };
    const wanted = { code: found.code, field: found.field, ...expected };
    if (JSON.stringify(found) !== JSON.stringify({ status: wanted.status, code: wanted.code, field: wanted.field })) {
      return `${title}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}; ${answer.body.slice(0, 300)}`;
    }
    if (!problem) return `${title}: no problem: ${answer.headers['content-type']}, ${answer.body.slice(0, 300)}`;
    if (INSIDE.test(answer.body)) return `${title}: shows internals: ${answer.body.slice(0, 300)}`;
    return undefined;
  } catch (error) {
    return `${title}: ${(error as Error).message}`;
  }
}

function toProblem({ status, headers, body }: Answer) {
  if (!headers['content-type']?.startsWith('application/problem+json')) return undefined;
  const { data } = problemSchema.safeParse(JSON.parse(body));
  return data?.status === status && data.type === `urn:cyberstroll:problem:${data.code}` ? data : undefined;
}

it.each(Object.keys(KINDS))('%s: each is refused with a problem that says why, and changes nothing', async (kind) => {
  const failures: string[] = [];
  for (const each of KINDS[kind]!(system.target)) {
    const failure = await findFailure(each);
    if (failure !== undefined) failures.push(failure);
  }
  expect(failures).toEqual([]);
  expect(await system.readState()).toEqual(stateBefore);
});

it('a request that does not arrive whole is cut after 10 seconds, with a problem', async () => {
  expect((await stalled).flatMap(({ failure }) => failure ?? [])).toEqual([]);
});

it('has at least 300 cases, and after all of them both services answer', async () => {
  const cases = Object.values(KINDS).flatMap((toCases) => toCases(system.target));
  const distinct = new Set(cases.map(({ to, request }) => `${to} ${request.toString('latin1')}`));
  expect(distinct.size).toBeGreaterThanOrEqual(300);
  const { taskId, keys } = system.target;
  const answer = await ask(
    system.toPort('task-api'),
    toRequest({ path: `/api/tasks/${taskId}/status`, headers: bearer(keys.viewer) }),
  );
  expect([answer.status, JSON.parse(answer.body).status]).toEqual([200, 'CREATED']);
  expect((await ask(system.toPort('progress-pusher'), toRequest({ path: '/readyz' }))).status).toBe(200);
});
