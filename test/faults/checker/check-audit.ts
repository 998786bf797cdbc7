import type { Evidence, Violation } from './evidence';

/** I2: what the audit had to put right was wrong, though it is right now. */
export const checkAudit = ({ auditFindings }: Evidence): Violation[] =>
  auditFindings.map(({ task_id, summary }) => ({
    invariant: 'I2',
    where: task_id,
    what: `the audit found ${summary}`,
  }));
