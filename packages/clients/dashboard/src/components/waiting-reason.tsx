import type { Task } from '@cyberstroll/client';
import { CHINESE_WAITING_REASONS } from '@cyberstroll/words';
import { language } from '../language/language';
import { formatTime, Time } from './time';

export type WaitingReason = NonNullable<Task['waiting_reason']>;

/** A quick fleet is there for a moment, again and again, while it works: between two jobs no node holds anything. */
const BETWEEN_JOBS: ReadonlySet<string> = new Set(['pending_dispatch', 'sent_to_queue']);

/** Whether this is why a task does not continue, and not a moment between two of its jobs. */
export const isStanding = ({ code }: WaitingReason, moves: boolean): boolean => !(moves && BETWEEN_JOBS.has(code));

/** Why something does not continue now, and until when. The API's own words, which have names and numbers, on hover. */
export const Waiting = ({ reason }: { reason: WaitingReason }) => (
  <span class="waiting" title={reason.message}>
    <bdi>{toWords(reason)}</bdi>
    {reason.until !== undefined && (
      <>
        {' '}
        (<Time at={reason.until} />)
      </>
    )}
  </span>
);

/** The API's words are English. A code that this page does not know keeps them. */
const toWords = ({ code, message }: WaitingReason): string =>
  withLocalTimes(language.value === 'en' ? message : (CHINESE_WAITING_REASONS[code] ?? message));

/** The API's times are in UTC; a reader's are not. */
const withLocalTimes = (text: string): string => text.replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, formatTime);
