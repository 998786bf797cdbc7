import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SubTask, subTaskSchema, type Task, taskConfigSchema } from '@cyberstroll/contracts';
import { validateEnvelope } from './envelope/validate-envelope';
import { decideSubTask } from './subtask/decide-subtask';
import { locateSubTask, refusePlace } from './subtask/identity';
import type { UpdateResult } from './subtask/incoming-update';

/** packages/contracts/README.md says what each field is. */
interface Vector {
  name: string;
  stored: {
    task: (Pick<Task, 'task_id' | 'status' | 'config'> & { progress: Pick<Task['progress'], 'total_targets'> }) | null;
    subtask: unknown;
    ip: string;
    sent_time: string | null;
  };
  message: unknown;
  received: { exchange: string; time: string; random?: number };
  outcome: UpdateResult['outcome'];
  reason?: string;
  next?: unknown;
}

const folder = join(__dirname, '../../contracts/vectors');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const files = names.map((name) => {
  const { about, vectors } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
    about: string;
    vectors: Vector[];
  };
  return { name, about, vectors };
});
const all = files.flatMap(({ name, vectors }) =>
  vectors.map((vector): [string, Vector] => [`${name}: ${vector.name}`, vector]),
);

const IS_TIME = /(?:_time|^deadline|^timestamp|^since)$/;
/** A document as JSON, with its times as dates. */
const toSubTask = (document: unknown): SubTask =>
  subTaskSchema.parse(
    JSON.parse(JSON.stringify(document), (key, value) =>
      IS_TIME.test(key) && typeof value === 'string' ? new Date(value) : value,
    ),
  );

/** What the updater does with an envelope of one update. */
function apply({ stored, message, received }: Vector): { result: Partial<UpdateResult>; next?: SubTask | undefined } {
  const { sender, updates, rejections } = validateEnvelope(message, received.exchange);
  const [update] = updates;
  if (!update) return { result: { outcome: 'rejected', ...rejections[0]! } };
  const located = locateSubTask(update);
  if ('refusal' in located) return { result: located.refusal };
  const { task, ip } = stored;
  const refusal = refusePlace(located.place, task ?? undefined, { sender });
  if (!task || refusal) return { result: refusal! };
  const { results, next } = decideSubTask({
    task: { ...task, config: taskConfigSchema.parse(task.config) },
    index: located.place.index,
    ip,
    current: stored.subtask === null ? undefined : toSubTask(stored.subtask),
    sent: stored.sent_time === null ? undefined : new Date(stored.sent_time),
    updates: [{ sender, update }],
    now: new Date(received.time),
    random: () => received.random ?? 0,
  });
  return { result: results[0]!, next };
}

it.each(all)('%s', (_, vector) => {
  const { result, next } = apply(vector);
  expect(result).toMatchObject({ outcome: vector.outcome, ...(vector.reason && { reason: vector.reason }) });
  expect(next).toEqual(vector.next === undefined ? undefined : toSubTask(vector.next));
});

it.each(files)('$name says what it is about, and each of its vectors has a name of its own', ({ about, vectors }) => {
  expect(about).toMatch(/^[A-Z].+\.$/);
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
});

it('the vectors have each outcome, and each reason for which an update is refused', () => {
  expect(new Set(all.map(([, { outcome }]) => outcome))).toEqual(
    new Set(['applied', 'duplicate', 'stale', 'rejected']),
  );
  const sources = ['envelope/validate-envelope.ts', 'subtask/identity.ts', 'subtask/fence.ts'].map((file) =>
    readFileSync(join(__dirname, file), 'utf8'),
  );
  // RabbitMQ says which user sent a message: no message can.
  const reasons = sources
    .flatMap((source) =>
      [...source.matchAll(/(?:reason: |rejected\(|rejectWhole\(body, )'(\w+)'/g)].map(([, reason]) => reason),
    )
    .filter((reason) => reason !== 'foreign_node_id');
  expect(new Set(all.flatMap(([, { reason }]) => reason ?? []))).toEqual(new Set(reasons));
});
