import type { LimitedTasks } from '../checker/evidence';
import type { Rig } from '../rig/rig';

const LABEL = 'limited';
const LIMIT = { max_concurrent: 4, max_starts_per_second: 5 };
/** Two tasks under one limit, which is full until they end. */
const TARGETS = ['127.106.0.1-45', '127.107.0.1-45'];

/** Before any seed: for a second after this, processes do not know of it. */
export async function createLimit({ api }: Rig): Promise<void> {
  const { status } = await api.call('POST', '/api/limits', { covers: { label: LABEL }, ...LIMIT });
  if (status !== 201) throw new Error(`no limit: ${status}`);
}

export async function beginLimited(rig: Rig): Promise<LimitedTasks> {
  const task_ids: string[] = [];
  for (const task_target of TARGETS) {
    task_ids.push((await rig.begin({ task_target, labels: [LABEL] }, { followed: true })).task_id);
  }
  return { task_ids, ...LIMIT };
}
