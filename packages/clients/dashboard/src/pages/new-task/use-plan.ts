import { ApiError, type operations, unwrap } from '@cyberstroll/client';
import { client } from '../../api/session';
import { type Check, useCheck } from '../../api/use-check';
import { inWords, nameFault } from '../../components/in-words';
import { toDetail } from '../../components/notice';
import type { CreateScheduleBody } from './schedule-form';
import type { CreateBody } from './task-form';

export type Plan = operations['planTask']['responses'][200]['content']['application/json'] & {
  /** Of a schedule: its first planned times. */
  times?: string[];
};

/** What the API says of a task, or of a schedule of it, that is not created yet. Nothing is asked without a body. */
export const usePlan = (body: CreateBody | undefined, schedule?: CreateScheduleBody): Check<Plan> =>
  useCheck(body === undefined ? '' : JSON.stringify(schedule ?? body), (signal) =>
    readPlan(body as CreateBody, schedule, signal),
  );

async function readPlan(
  body: CreateBody,
  schedule: CreateScheduleBody | undefined,
  signal: AbortSignal,
): Promise<Plan> {
  const plan = await unwrap(client.POST('/api/tasks/dry-run', { body, signal }));
  if (!schedule) return plan;
  const { next_times: times } = await unwrap(client.POST('/api/schedules/dry-run', { body: schedule, signal }));
  return { ...plan, times };
}

/** What the API found wrong, field by field. */
export function toFaults(error: unknown): { field?: string | undefined; message: string }[] {
  if (error === undefined) return [];
  if (!(error instanceof ApiError)) return [{ message: toDetail(error) }];
  const { errors } = error.problem ?? {};
  if (!errors?.length) return [{ field: error.field, message: nameFault(error) }];
  return errors.map(({ field, message, sentence }) => ({ field, message: inWords(message, sentence) }));
}
