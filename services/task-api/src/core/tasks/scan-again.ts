import { type CreateTaskBody, createTaskBodySchema, type ScanAgainBody, type Task } from '@cyberstroll/contracts';

/** The body of the task that scans `old` again, whose targets are whole: what is given, else what is there. */
export function toBodyOf(
  old: Task,
  {
    from_task,
    only,
    scan,
    config,
    error_info,
    ...given
  }: Omit<ScanAgainBody, 'task_initiator'> & {
    task_initiator: string;
  },
): CreateTaskBody {
  // Options belong to their method.
  const isOtherMethod = scan?.method !== undefined && scan.method !== old.scan.method;
  const { options: _options, ...without } = old.scan;
  const { error_threshold = config?.error_threshold ?? toThreshold(old) } = error_info ?? {};
  return createTaskBodySchema.parse({
    task_target: old.task_target,
    exclude_target: old.exclude_target,
    task_type: old.task_type,
    task_category: old.task_category,
    name: old.name,
    labels: old.labels,
    metadata: old.metadata,
    ...withoutGaps(given),
    scan: { ...(isOtherMethod ? without : old.scan), ...withoutGaps(scan ?? {}) },
    config: { ...old.config, ...withoutGaps({ ...config, error_threshold: undefined }) },
    ...(error_threshold !== undefined && { error_info: { error_threshold } }),
  });
}

/** As it was given: a task without a threshold has that of all its targets. */
function toThreshold({ error_info, progress }: Task) {
  const { error_threshold, error_threshold_share } = error_info;
  return error_threshold_share ?? (error_threshold === progress.total_targets ? undefined : error_threshold);
}

const withoutGaps = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
