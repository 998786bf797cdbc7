import { Counter, type Registry } from '@cyberstroll/runtime';
import { FINDING_NAMES, type FindingName } from '@cyberstroll/task-state';

export type AuditMetrics = ReturnType<typeof createAuditMetrics>;

export function createAuditMetrics(registry: Registry) {
  const registers = [registry];
  const tasks = new Counter({
    name: 'cyberstroll_audit_tasks_total',
    help: 'Tasks that the consistency audit checked; a large task is not recounted while its counters move',
    labelNames: ['outcome'],
    registers,
  });
  const findings = new Counter({
    name: 'cyberstroll_audit_findings_total',
    help: 'Inconsistencies that the consistency audit found',
    labelNames: ['finding'],
    registers,
  });
  for (const finding of FINDING_NAMES) findings.inc({ finding }, 0);
  return {
    countTask: (isRecounted: boolean): void => tasks.inc({ outcome: isRecounted ? 'recounted' : 'moving' }),
    countFinding: (finding: FindingName): void => findings.inc({ finding }),
  };
}
