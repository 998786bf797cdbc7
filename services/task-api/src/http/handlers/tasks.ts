import type { KeyScope } from '@cyberstroll/access';
import type { ResultStream, Task } from '@cyberstroll/contracts';
import { inTurns, toAppError } from '@cyberstroll/runtime';
import { toVersion } from '@cyberstroll/store';
import type { Scope } from '@cyberstroll/targets';
import type { Request } from 'express';
import { createOptionsCheck } from '../../adapters/check-options';
import { readTaskRequest, type TaskRequest } from '../../adapters/read-task-request';
import { type TargetLimits, withTargets } from '../../adapters/with-targets';
import { toNdjsonLine } from '../../core/results/result-lines';
import { planTask } from '../../core/tasks/plan-task';
import { TASK_CSV_HEADER, toTaskCsvRow } from '../../core/tasks/task-lines';
import { toTaskView } from '../../core/views';
import type { Call, Handlers } from '../add-operations';
import type { TakeExportPlace } from '../answers/export-places';
import { readAll } from '../answers/read-all';
import { chooseFormat, findFormat, toGoneSignal, toStream } from '../answers/stream-format';
import type { AppDeps } from '../app-deps';
import { toOwner } from '../middleware/audit';
import { findTraceparent } from '../middleware/request-trace';
import { readIdempotencyKey } from '../read-request';

type ListedTask = Parameters<typeof toTaskView>[0];

/** Tasks: create one, list them, read, change and delete one. */
export function createTaskHandlers(
  {
    store,
    broadcast,
    waiting,
    admit,
    failpoint,
  }: Pick<
    AppDeps<'tasks' | 'cleanUp' | 'exclusions' | 'freezes' | 'scanMethods'>,
    'store' | 'broadcast' | 'waiting' | 'admit' | 'failpoint'
  >,
  config: TargetLimits,
  takePlace: TakeExportPlace,
): Handlers {
  const checkOptions = createOptionsCheck();
  return {
    listTasks: {
      isShared: (request, response) => chooseFormat(toAsked(request), request, response) === 'json',
      async run({ query: { format: asked, ...query }, caller, request, response }) {
        const wanted = { ...query, within: caller.scope?.ranges };
        // The answer is for others, too: the response of who asked first may be over.
        const format = findFormat(asked, request);
        if (format !== 'json') {
          takePlace(caller, response);
          return toStream(format, toLines(format, readAll(store.tasks.findTasks, wanted, toGoneSignal(response))));
        }
        const page = await store.tasks.findTasks(wanted);
        const reasons = await waiting.explainTasks(page.items.map((task) => ({ task })));
        return { body: { ...page, items: page.items.map((task, i) => toTaskView(task, { reason: reasons[i] })) } };
      },
    },

    createTask: { run: createTask, repeat: ({ slot }) => readCreated(slot!.id) },
    planTask: { run: planOf, isReading: true },

    getTask: ({ params }) => readTask(params.task_id),

    async changeTask({ params: { task_id }, body: { reason: _, ...fields }, version }) {
      const { before, after } = await store.tasks.changeFields(task_id, () => fields, { version });
      const isChanged = Object.keys(after).length > 0;
      const change = { before: JSON.stringify(before), after: JSON.stringify(after) };
      return { ...(await readTask(task_id)), ...(isChanged && { change }) };
    },

    async deleteTask({ params: { task_id }, caller, version }) {
      const task = await store.cleanUp.requestOne(task_id, caller.name, new Date(), version);
      return { change: { before: task.status }, body: task };
    },
  };

  async function readTask(taskId: string) {
    const { task, snapshot } = await store.tasks.getTaskWithProgress(taskId);
    const { progress } = snapshot;
    const [[reason], whole] = await Promise.all([
      waiting.explainTasks([{ task, progress }]),
      store.tasks.fillInTargets(task),
    ]);
    return { version: toVersion(task), body: toTaskView(whole, { progress, reason }) };
  }

  async function createTask({ body, caller, slot, response }: Call<'createTask'>) {
    // An earlier request that has created it creates nothing now, so it is not refused because of a backlog.
    if (slot?.isRepeat && (await store.tasks.findSnapshot(slot.id))) return readCreated(slot.id);
    // Before anything is asked of the store, but the exclusions.
    const now = new Date();
    const [exclusions, methods] = await Promise.all([
      store.exclusions.findInForce(now),
      store.scanMethods.findRecent(),
    ]);
    const read = async (asked: TaskRequest) => {
      checkOptions(methods, asked);
      return withTargets(asked, config, caller.scope, exclusions);
    };
    const own = 'from_task' in body ? undefined : await read(body);
    await admit();
    const { task, created } = await store.tasks.createTask({
      ...(own ?? (await read(await readTaskRequest(store, body)))),
      task_id: slot?.id,
      operator: caller.name,
      owner: toOwner(response),
      traceparent: findTraceparent(response),
    });
    await failpoint('after_create_before_answer');
    if (created) await broadcast(task);
    return toCreated(task, created ? 201 : 200);
  }

  async function readCreated(taskId: string) {
    return toCreated(await store.tasks.fillInTargets(await store.tasks.getTask(taskId)), 200);
  }

  async function toCreated(task: Task, status: 200 | 201) {
    const [reason] = await waiting.explainTasks([{ task }]);
    const location = `/api/tasks/${task.task_id}`;
    return {
      status,
      location,
      change: { task_id: task.task_id, after: task.status },
      body: toTaskView(task, { reason }),
    };
  }

  /** Reads what a task would meet now. The answer is as true as these are a moment later. */
  async function planOf({ body, caller, request }: Call<'planTask'>) {
    // Without effect, but not unread.
    readIdempotencyKey(request);
    const task = await readTaskRequest(store, body);
    checkOptions(await store.scanMethods.findRecent(), task);
    const now = new Date();
    const [exclusions, pace, waits, rules, backlog] = await Promise.all([
      store.exclusions.findInForce(now),
      store.tasks.findPace(task.config.pool),
      waiting.explainWork(task),
      store.freezes.findRecent(),
      admit().then(
        () => undefined,
        (error: unknown) => toRefusedBacklog(error),
      ),
    ]);
    const warnings = [backlog, waits].filter((warning) => warning !== undefined);
    const scope = toPlanScope(config.SCAN_SCOPE, caller.scope);
    const facts = { scope, maxCount: config.MAX_TARGETS_PER_TASK, exclusions, pace, rules, now };
    const said = warnings.map(({ code, message }) => ({ code, message }));
    return { body: await inTurns(planTask(task, { ...facts, warnings: said })) };
  }
}

function toRefusedBacklog(error: unknown) {
  const { code, message } = toAppError(error);
  if (code === 'backlog_full') return { code, message };
  throw error;
}

/** What an API key with these networks may scan. */
const toPlanScope = (scope: Scope, networks: KeyScope | undefined): Pick<Scope, 'findAllOutside' | 'toText'> =>
  networks
    ? {
        findAllOutside: (set) => scope.findAllOutside(set).union(networks.findAllOutside(set)),
        toText: () => `${scope.toText()}, or the networks of your API key (${networks.toText()})`,
      }
    : scope;

/** Not read yet: a form that does not exist is refused with the rest of the query. */
const toAsked = ({ query: { format } }: Request) =>
  (['json', 'ndjson', 'csv'] as const).find((each) => each === format);

async function* toLines(format: ResultStream, tasks: AsyncIterable<ListedTask>): AsyncGenerator<string> {
  if (format === 'csv') yield TASK_CSV_HEADER;
  for await (const each of tasks) {
    const task = toTaskView(each, {});
    yield format === 'csv' ? toTaskCsvRow(task) : toNdjsonLine(task);
  }
}
