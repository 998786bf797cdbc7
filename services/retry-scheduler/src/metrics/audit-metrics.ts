import { Counter, type Registry } from '@cyberstroll/runtime';
import { FINDING_NAMES, type FindingName } from '@cyberstroll/task-state';

export interface AuditMetrics {
  countTask(isRecounted: boolean): void;
  countFinding(finding: FindingName): void;
}

export function createAuditMetrics(registry: Registry): AuditMetrics {
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
    countTask: (isRecounted) => tasks.inc({ outcome: isRecounted ? 'recounted' : 'moving' }),
    countFinding: (finding) => findings.inc({ finding }),
  };
}
