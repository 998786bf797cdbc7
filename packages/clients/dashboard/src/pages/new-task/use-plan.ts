import { ApiError, type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { client } from '../../api/session';
import { inWords, nameFault } from '../../components/in-words';
import { toDetail } from '../../components/notice';
import type { CreateBody } from './task-form';

export type Plan = operations['planTask']['responses'][200]['content']['application/json'];

/** A check follows the last change after this many milliseconds. */
const QUIET_MS = 400;

/** What the API says of a task that is not created yet. `isCurrent`: it is about what the form has now. */
export interface Check {
  plan?: Plan;
  error?: unknown;
  isCurrent: boolean;
}

/** Asks the API as the reader types. An older question is given up. Nothing is asked while `body` is undefined. */
export function usePlan(body: CreateBody | undefined): Check {
  const check = useSignal<{ text: string; plan?: Plan; error?: unknown } | undefined>(undefined);
  const text = body === undefined ? '' : JSON.stringify(body);
  useEffect(() => {
    if (body === undefined) return;
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      unwrap(client.POST('/api/tasks/dry-run', { body, signal: stopping.signal })).then(
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

/** What the API found wrong, field by field. */
export function toFaults(error: unknown): { field?: string | undefined; message: string }[] {
  if (error === undefined) return [];
  if (!(error instanceof ApiError)) return [{ message: toDetail(error) }];
  const { errors } = error.problem ?? {};
  if (!errors?.length) return [{ field: error.field, message: nameFault(error) }];
  return errors.map(({ field, message, sentence }) => ({ field, message: inWords(message, sentence) }));
}
