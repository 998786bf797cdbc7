/**
 * Creates the tasks that follow others: exactly one for each task with `on_end` that is COMPLETED. Its id is made of
 * the id of the task before, so whoever creates it again finds it; then the task before names it. A replica may stop at
 * any line, and two may work at the same time.
 */
import { createHash } from 'node:crypto';
import { MAX_TASK_NAME, type Owner, type Task, taskStepSchema } from '@cyberstroll/contracts';
import { AppError, type Counts, type Leadership, type Logger, toAppError } from '@cyberstroll/runtime';
import type { ChainedTask, Store } from '@cyberstroll/store';
import type { Admission } from '../adapters/admission';
import { auditCreation } from '../adapters/audit-creation';
import type { Broadcast } from '../adapters/broadcast';
import type { Rights } from '../adapters/find-rights';
import { readTaskRequest, type TaskRequest } from '../adapters/read-task-request';
import { type TargetLimits, withTargets } from '../adapters/with-targets';
import { toProblem } from '../core/requests/problem';

export interface ChainDeps {
  store: Pick<Store, 'tasks' | 'auditLog' | 'exclusions'>;
  broadcast: Broadcast;
  admit: Admission;
  /** What the operator of a task may do now. */
  findRights: (operator: Owner, now: Date) => Promise<Rights>;
  /** Checked before each task, since a pass may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
  config: TargetLimits & { AUDIT_LOG_DAYS: number };
  logger: Logger;
}

/** Tasks of a pass. Each may have a million addresses, so they are followed one after the other. */
const MOST = 100;
/** How long the addresses and ports of a task are read, in milliseconds. */
const READ_WITHIN_MS = 60_000;

/** One pass at `now`, on MongoDB's clock. Resolves with undefined if it found nothing to do. */
export const createChainSweep =
  (deps: ChainDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { created: 0, failed: 0 };
    for (const task of await deps.store.tasks.findChained(MOST)) {
      if (!(await deps.leadership.isLeader())) break;
      const done = await followSafely(deps, task, now);
      if (done) counts[done] += 1;
    }
    return counts.created + counts.failed > 0 ? counts : undefined;
  };

/** Undefined: what is in its way may be gone in the next pass. */
async function followSafely(deps: ChainDeps, task: ChainedTask, now: Date): Promise<'created' | 'failed' | undefined> {
  const { task_id } = task;
  try {
    const next_task = await follow(deps, task, now);
    await deps.store.tasks.endChain(task_id, { next_task });
    deps.logger.info({ task_id, next_task }, 'task that follows created');
    return 'created';
  } catch (err) {
    const { kind } = toAppError(err);
    const { status, code, detail } = toProblem(err);
    if (kind === 'transient' || kind === 'overloaded') {
      deps.logger.warn({ task_id, err }, 'task that follows not created: it is tried again');
      return undefined;
    }
    if (status >= 500) deps.logger.error({ task_id, err }, 'task that follows not created');
    await deps.store.tasks.endChain(task_id, { on_end_error: { code, detail } });
    return 'failed';
  }
}

/** Resolves with the id of the task that follows. */
async function follow(deps: ChainDeps, before: ChainedTask, now: Date): Promise<string> {
  const { store, config } = deps;
  const { todo: _todo, ...owner } = before.chain;
  const rights = await deps.findRights(owner, now);
  if ('gone' in rights) throw new AppError('forbidden', { detail: rights.gone });
  const body = await readBody(store, before);
  const exclusions = await store.exclusions.findInForce(now);
  const whole = await withTargets(body, config, rights.scope, exclusions);
  await deps.admit();
  const task_id = toNextTaskId(before.task_id);
  const completeAudit = await auditCreation(
    { store, days: config.AUDIT_LOG_DAYS },
    owner,
    { subject: before.task_id, task_id },
    now,
  );
  const { task, created } = await store.tasks.createTask({ ...whole, task_id, operator: owner.operator, owner });
  await completeAudit(created ? 201 : 200);
  if (created) await deps.broadcast(task);
  return task_id;
}

/** The body of the task that follows: the task before again, but for what the first item of its `on_end` says. */
async function readBody({ tasks }: ChainDeps['store'], before: ChainedTask): Promise<TaskRequest> {
  const { task_id, task_initiator, on_end } = before;
  const [first, ...rest] = on_end;
  const { targets, scan, ...given } = taskStepSchema.parse(first);
  const isOpen = targets === 'open';
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  const ports = scan.ports ?? (isOpen ? (await tasks.findOpenPorts(task_id, signal)).join(',') : undefined);
  const request = {
    from_task: task_id,
    ...(isOpen && { only: 'open' as const }),
    task_initiator,
    name: toNextName(before, scan.method),
    ...given,
    scan: { ...scan, ports },
  };
  const body = await readTaskRequest({ tasks }, request, signal);
  return { ...body, ...(rest.length > 0 && { on_end: rest as TaskRequest['on_end'] }) };
}

/** As ids of tasks begin with the seconds of their creation, this one begins with those of the task before. */
const toNextTaskId = (taskId: string): string =>
  `${taskId.slice(0, 8)}${createHash('sha256').update(`next-${taskId}`).digest('hex').slice(0, 16)}`;

/** The name of the task before, and the method; undefined if that has no name. */
function toNextName({ name, scan }: Pick<Task, 'name' | 'scan'>, method = scan.method): string | undefined {
  const end = ` → ${method}`;
  // Half of a surrogate pair is no text.
  return name && `${name.slice(0, MAX_TASK_NAME - end.length).replace(/[\ud800-\udbff]$/, '')}${end}`;
}
