import { compileReader, type Job, jobSchema, parsePorts, parseSubTaskId } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import { parseTargets, type TargetSet } from '@cyberstroll/targets';
import type { JobPlan } from '../scans/claim';
import { toExcluded } from '../scans/excluded';

export type JobReading =
  | ({ plan: JobPlan } & Pick<Job, 'job_id' | 'avoid_node' | 'subtasks'>)
  /** `asked` has the subtasks of the job, if they can be read. */
  | { problem: string; asked?: Pick<Job, 'task_id' | 'subtasks'> };

const MAX_TIMER_MS = 2 ** 31 - 1;
const PLANS_KEPT = 16;
const readJob = compileReader(jobSchema);
const askedSchema = jobSchema.pick({ task_id: true, subtasks: true });

/**
 * Reads job messages. Every job of a task has the same ports and exclusions, and large ones take milliseconds to parse,
 * so the last ones are kept parsed.
 */
export function createJobReader(): (body: unknown) => JobReading {
  const portLists = new BoundedMap<string, readonly number[]>(PLANS_KEPT);
  const exclusions = new BoundedMap<string, TargetSet>(PLANS_KEPT);

  return (body) => {
    const parsed = readJob(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return toProblem(`${issue?.path.join('.') || '(message)'}: ${issue?.message}`, askedSchema.safeParse(body).data);
    }
    const { task_id, scan, subtask_timeout, exclude_target, exclude_ports, not_after, rules_time } = parsed.data;
    const stray = findStray(parsed.data);
    if (stray >= 0) return { problem: `subtasks.${stray}.subtask_id: belongs to another task` };
    let field = 'scan.ports';
    try {
      const ports = remember(portLists, scan.ports, parsePorts);
      field = 'exclude_target or exclude_ports';
      const parse = (text: string) => remember(exclusions, text, parseTargets);
      const plan: JobPlan = {
        task_id,
        method: scan.method,
        options: scan.options,
        ports,
        notAfter: not_after ?? Number.POSITIVE_INFINITY,
        rulesTime: rules_time ?? 0,
        timeoutMs: Math.min(subtask_timeout * 1_000, MAX_TIMER_MS),
        excluded: toExcluded(exclude_target, exclude_ports, parse),
      };
      const { job_id, avoid_node, subtasks } = parsed.data;
      return { plan, job_id, avoid_node, subtasks };
    } catch (error) {
      return toProblem(`${field}: ${(error as Error).message}`, parsed.data);
    }
  };
}

const findStray = ({ task_id, subtasks }: Pick<Job, 'task_id' | 'subtasks'>) =>
  subtasks.findIndex(({ subtask_id }) => parseSubTaskId(subtask_id)?.taskId !== task_id);

const toProblem = (problem: string, asked: Pick<Job, 'task_id' | 'subtasks'> | undefined): JobReading =>
  asked && findStray(asked) < 0 ? { problem, asked } : { problem };

function remember<Value>(kept: Map<string, Value>, text: string, parse: (text: string) => Value): Value {
  const value = kept.get(text) ?? parse(text);
  kept.set(text, value);
  return value;
}
