import type { Evidence, Violation } from './evidence';

/** The service that calls a subtask overdue. */
const MONITOR = 'heartbeat-monitor';

/**
 * I16: what a lost process held is NODE_LOST, never TIMEOUT. Every scan of the fault tests ends in time on a node that
 * lives, so a time-out by the monitor can only be of one that was lost.
 */
export function checkLosses({ tasks }: Evidence): Violation[] {
  return tasks.flatMap(({ subTasks }) =>
    subTasks
      .filter(({ status_history }) => {
        return status_history.some(({ status, operator }) => status === 'TIMEOUT' && operator === MONITOR);
      })
      .map(({ subtask_id, status_history }): Violation => {
        const path = status_history
          .map(({ status, attempt, operator }) => `${status}/${attempt}/${operator}`)
          .join(' ');
        return { invariant: 'I16', where: subtask_id, what: `timed out by the monitor: ${path}` };
      }),
  );
}
