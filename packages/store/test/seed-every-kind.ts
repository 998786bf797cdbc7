import {
  type Alert,
  type AlertDelivery,
  type AlertNotice,
  type Notice,
  type NoticeDelivery,
  type Task,
  type TaskEnd,
  toSubTaskId,
} from '@cyberstroll/contracts';
import type { Store } from '../src';
import { claimOf, failure, queuedTask, report, unsentTask } from './setup';

const CONFIG = { subtask_timeout: 1, retry_delay: 0, max_retries: 1 };
export const SIGHTING = { rule: 'queue_backlog' as const, summary: '9 wait', value: 9, threshold: 5 };
export const anHourAgo = () => new Date(Date.now() - 3_600_000);

/** The documents that the calls of `every-method.ts` read and change. */
export interface Seeded {
  /** With subtasks in every status. */
  taskId: string;
  endedId: string;
  cancelledId: string;
  task: Task;
  alert: Alert;
  notice: AlertNotice;
  /** Due, of another alert. */
  due: { subject: Alert; delivery: AlertDelivery };
  end: { subject: TaskEnd; notice: Notice; delivery: NoticeDelivery };
}

export async function seedEveryKind(store: Store): Promise<Seeded> {
  const { tasks, subTasks } = store;
  const apply = (...updates: ReturnType<typeof report>[]) => subTasks.batchUpdateSubTasks(updates);
  const taskId = await queuedTask(store, '127.0.0.0/28', CONFIG);
  const claim = claimOf(taskId, 0);
  await apply(
    report(claim, 'ASSIGNED'),
    report(claimOf(taskId, 1), 'SCANNING'),
    report(claimOf(taskId, 2), 'COMPLETED'),
  );
  await apply(report(claim, 'SCANNING'), report(claimOf(taskId, 3), 'FAILED', failure('INTERNAL_ERROR')));
  // Paused and resumed, with a retry that was sent before.
  const resumedId = await queuedTask(store, '127.0.0.0/29', CONFIG);
  await apply(report(claimOf(resumedId, 0), 'FAILED', failure('INTERNAL_ERROR')));
  await tasks.calculateTaskProgress(resumedId);
  await subTasks.markRetriesSent([toSubTaskId(resumedId, 0)], new Date(Date.now() + 60_000));
  await tasks.updateTaskStatus(resumedId, 'PAUSED', 'test', 'test');
  await tasks.updateTaskStatus(resumedId, 'RUNNING', 'test', 'test');
  expect((await tasks.findResumed(anHourAgo(), 10)).map(({ task_id }) => task_id)).toContain(resumedId);
  const endedId = await queuedTask(store, '127.0.0.0/30', { max_retries: 0 });
  await apply(...[0, 1, 2].map((index) => report(claimOf(endedId, index), 'COMPLETED')));
  await apply(report(claimOf(endedId, 3), 'FAILED', failure('INTERNAL_ERROR')));
  await tasks.calculateTaskProgress(endedId);
  const cancelledId = await unsentTask(store, '127.0.0.0/30');
  await tasks.updateTaskStatus(cancelledId, 'CANCELLED', 'test', 'test');
  await unsentTask(store, '127.0.0.0/30');
  const [end] = await store.taskEndOutbox.findNotices(1);
  const delivery = { ...end!.notice, delivery_id: 'd', target: 't', tries: 0, next_time: anHourAgo() };
  const task = await tasks.getTask(taskId);
  return { taskId, endedId, cancelledId, task, end: { ...end!, delivery }, ...(await seedAlerts(store)) };
}

/** Two alerts: the first has a notice, the second a delivery that is due. */
async function seedAlerts({ alerts, alertOutbox }: Store): Promise<Pick<Seeded, 'alert' | 'notice' | 'due'>> {
  for (const subject of ['q1', 'q2']) await alerts.raise({ ...SIGHTING, subject }, 'test', new Date());
  const [first, second] = await alertOutbox.findNotices(2);
  const delivery = { ...second!.notice, delivery_id: 'd', target: 't', tries: 0, next_time: anHourAgo() };
  await alertOutbox.dispatch(second!.subject, second!.notice, [delivery], new Date());
  return { alert: first!.subject, notice: first!.notice, due: { subject: second!.subject, delivery } };
}
