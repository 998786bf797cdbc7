import type { Task } from '@cyberstroll/client';
import { inWords, withLocalTimes } from './in-words';
import { Time } from './time';

export type WaitingReason = NonNullable<Task['waiting_reason']>;

/** A task that works is there for a moment, again and again: between two jobs, or as fast as its limit allows. */
const BETWEEN_JOBS: ReadonlySet<string> = new Set(['pending_dispatch', 'sent_to_queue', 'fleet_busy', 'limit']);

/** Whether this is why a task does not continue, and not a moment between two of its jobs. */
export const isStanding = ({ code }: WaitingReason, moves: boolean): boolean => !(moves && BETWEEN_JOBS.has(code));

const LASTING: ReadonlySet<string> = new Set([
  'no_node_in_pool',
  'no_node_for_method',
  'nodes_silent',
  'dependency_down',
]);

/** Whether it does not end without a person. */
export const needsPerson = (reason: WaitingReason | undefined): boolean =>
  reason !== undefined && LASTING.has(reason.code);

interface WaitingProps {
  reason: WaitingReason;
  /** With it, the words lead to the rule that they name, if there is one. */
  taskId?: string;
}

/** Why something does not continue now, and until when. The API's own words, which have names and numbers, on hover. */
export const Waiting = ({ reason, taskId }: WaitingProps) => (
  <span class="waiting" title={withLocalTimes(reason.message)}>
    <bdi>
      <RuleLink path={taskId === undefined ? undefined : toRulePath(reason, taskId)}>
        {inWords(reason.message, reason.sentence)}
      </RuleLink>
    </bdi>
    {reason.until !== undefined && (
      <>
        {' '}
        (<Time at={reason.until} />)
      </>
    )}
  </span>
);

const RuleLink = ({ path, children }: { path: string | undefined; children: string }) =>
  path === undefined ? children : <a href={path}>{children}</a>;

/** Where the rule that holds a task back is shown: the limit, the freeze, or what the task itself says. */
function toRulePath({ code, limit_id }: WaitingReason, taskId: string): string | undefined {
  if (code === 'limit' && limit_id !== undefined) return `/plan/limits?limit_id=${limit_id}`;
  if (code === 'limit' || code === 'outside_window') return `/tasks/${taskId}?settings=open`;
  return code === 'frozen' || code === 'blackout' ? '/plan/freezes' : undefined;
}
