import { ApiError, type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../../api/session';
import { inWords, nameFault } from '../../components/in-words';
import { toDetail } from '../../components/notice';
import type { CreateScheduleBody } from './schedule-form';
import type { CreateBody } from './task-form';

export type Plan = operations['planTask']['responses'][200]['content']['application/json'] & {
  /** Of a schedule: its first planned times. */
  times?: string[];
};

/** A check follows the last change after this many milliseconds. */
const QUIET_MS = 400;

/** What the API says of a task that is not created yet. `isCurrent`: it is about what the form has now. */
export interface Check {
  plan?: Plan;
  error?: unknown;
  isCurrent: boolean;
}

/** Asks the API as the reader types. An older question is given up. Nothing is asked while `body` is undefined. */
export function usePlan(body: CreateBody | undefined, schedule?: CreateScheduleBody): Check {
  const check = useSignal<{ text: string; plan?: Plan; error?: unknown } | undefined>(undefined);
  const text = body === undefined ? '' : JSON.stringify(schedule ?? body);
  useEffect(() => {
    if (body === undefined) return;
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      readPlan(body, schedule, stopping.signal).then(
        (plan) => {
          if (!stopping.signal.aborted) check.value = { text, plan };
        },
        (error: unknown) => {
          if (!stopping.signal.aborted) check.value = { text, error };
        },
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [text]);
  if (text === '' || !check.value) return { isCurrent: false };
  return { ...check.value, isCurrent: check.value.text === text };
}

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
