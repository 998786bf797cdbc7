import { createGridReads } from '../../adapters/grid-reads';
import { planGrid, toGridBytes, toIndexBytes } from '../../core/plan-grid';
import type { Call, Handlers } from '../add-operations';
import type { BytesAnswer } from '../answers/answer';
import type { AppDeps } from '../app-deps';

type GridQuery = Call<'getTaskGrid'>['query'];

/** The state of every address of a task, in bytes. */
export function createGridHandlers({ store }: Pick<AppDeps<'tasks' | 'subTasks'>, 'store'>): Handlers {
  const share = createGridReads<BytesAnswer>();

  async function readFacts(task_id: string, { per, from }: GridQuery) {
    const { task, snapshot } = await store.tasks.getStanding(task_id);
    const { total_targets } = task.progress;
    const { targets } = await store.tasks.getJobSource(task_id, total_targets);
    const { status, seq, rev = task.rev } = snapshot;
    return { targets, facts: { task_id, status, seq, rev, total_targets, per, from } };
  }

  async function readByAddress(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts } = await readFacts(task_id, query);
    const plan = planGrid(targets, facts.total_targets, query);
    if (query.cells === false) return { bytes: toGridBytes(plan, facts, targets, undefined) };
    const found = plan.query ? await store.subTasks.findGridGroups(task_id, plan.query) : [];
    return { bytes: toGridBytes(plan, facts, targets, found) };
  }

  async function readByIndex(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts } = await readFacts(task_id, query);
    const end = Math.min(query.from + query.count, facts.total_targets);
    const count = Math.max(0, end - query.from);
    const indexes = { first: query.from, last: end - 1 };
    const [found, next] = await Promise.all([
      count > 0 ? store.subTasks.findGridGroups(task_id, { indexes, inDetail: true }) : [],
      store.subTasks.findNextTouched(task_id, end),
    ]);
    return { bytes: toIndexBytes({ count, next }, facts, targets, found) };
  }

  return {
    getTaskGrid({ params: { task_id }, query }) {
      const read = () => (query.by === 'index' ? readByIndex : readByAddress)(task_id, query);
      if (query.cells === false) return read();
      return share(`${task_id} ${query.by} ${query.per} ${query.from} ${query.count}`, read);
    },
  };
}
