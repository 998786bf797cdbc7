import type { Task } from '@cyberstroll/client';
import { CHINESE_WAITING_REASONS } from '@cyberstroll/words';
import { language } from '../language/language';
import { Time } from './time';

export type WaitingReason = NonNullable<Task['waiting_reason']>;

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
  language.value === 'en' ? message : (CHINESE_WAITING_REASONS[code] ?? message);
