import { type BlockCounts, createBlockCounts } from '@cyberstroll/grid';
import { AppError, BoundedMap } from '@cyberstroll/runtime';
import { createGridReads } from '../../adapters/grid-reads';
import { readSlices } from '../../adapters/grid-slices';
import {
  addToBlocks,
  type FoundGroup,
  isClosedPart,
  planGrid,
  toBlockBytes,
  toCellBytes,
  toHeaderBytes,
  toIndexBytes,
} from '../../core/plan-grid';
import type { Call, Handlers } from '../add-operations';
import { type BytesAnswer, toZipped } from '../answers/answer';
import type { AppDeps } from '../app-deps';

type GridQuery = Call<'getTaskGrid'>['query'];

/** What is kept of closed parts, compressed. Of a million subtasks it is about one megabyte. */
const MAX_CLOSED_BYTES = 32_000_000;
/** Windows of blocks whose closed subtasks stay counted. Each has 2.4 MB at most. */
const MAX_COUNTED = 8;

/** Counts of blocks by those slices alone in which every subtask is closed. */
interface Counted {
  blocks: BlockCounts;
  /** Their first indexes. */
  slices: Set<number>;
}

/**
 * The state of every address of a task, in bytes. Where every subtask is closed, nothing changes until one that failed
 * is tried again, which the task's counters show: that is read once, and kept.
 */
export function createGridHandlers({ store }: Pick<AppDeps<'tasks' | 'subTasks'>, 'store'>): Handlers {
  const share = createGridReads<BytesAnswer>();
  /** Parts by index. What was used last is at the end, here and below. */
  const closed = new BoundedMap<string, { zipped: Uint8Array }>(MAX_CLOSED_BYTES, ({ zipped }) => zipped.length);
  const counted = new BoundedMap<string, Counted>(MAX_COUNTED);

  async function readFacts(task_id: string, { per, from, count }: GridQuery) {
    const { task, snapshot, reopened } = await store.tasks.getStanding(task_id);
    const { total_targets } = task.progress;
    const { targets } = await store.tasks.getJobSource(task_id, total_targets);
    const { status, seq, rev = task.rev } = snapshot;
    const key = `${task_id} ${per} ${from} ${count} ${total_targets} ${reopened}`;
    return { targets, facts: { task_id, status, seq, rev, total_targets, per, from }, key };
  }

  async function readPlan(task_id: string, query: GridQuery) {
    const { targets, facts, key } = await readFacts(task_id, query);
    return { targets, facts, key, plan: planGrid(targets, facts.total_targets, query) };
  }

  async function readHeader(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts, plan } = await readPlan(task_id, query);
    return { bytes: toHeaderBytes(plan, facts, targets) };
  }

  async function readCells(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts, plan } = await readPlan(task_id, query);
    const groups: FoundGroup[] = [];
    if (plan.query) for await (const { found } of readSlices(store, task_id, plan.query)) groups.push(...found);
    return { bytes: toCellBytes(plan, facts, targets, groups) };
  }

  async function readBlocks(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts, plan, key } = await readPlan(task_id, query);
    const before = counted.get(key) ?? { blocks: createBlockCounts(plan.starts ?? []), slices: new Set() };
    counted.set(key, before);
    const blocks = before.blocks.copy();
    const alreadyCounted = before.slices.size;
    try {
      if (plan.query) {
        for await (const slice of readSlices(store, task_id, { ...plan.query, without: before.slices })) {
          addToBlocks(blocks, slice.found, targets);
          if (!isClosedPart(slice, slice.found)) continue;
          addToBlocks(before.blocks, slice.found, targets);
          before.slices.add(slice.first);
        }
      }
    } catch (error) {
      const isFurther = before.slices.size > alreadyCounted;
      if (isFurther && error instanceof AppError && error.code === 'grid_too_large') {
        throw new AppError('grid_busy', { detail: 'its blocks are being counted', retry_after_seconds: 1 });
      }
      throw error;
    }
    return { bytes: toBlockBytes(plan, facts, targets, blocks) };
  }

  async function readByIndex(task_id: string, query: GridQuery): Promise<BytesAnswer> {
    const { targets, facts, key } = await readFacts(task_id, query);
    const end = Math.min(query.from + query.count, facts.total_targets);
    const count = Math.max(0, end - query.from);
    const indexes = { first: query.from, last: end - 1 };
    const [found, next] = await Promise.all([
      count > 0 ? store.subTasks.findGridGroups(task_id, { indexes, inDetail: true }) : [],
      store.subTasks.findNextTouched(task_id, end),
    ]);
    const bytes = toIndexBytes({ count, next }, facts, targets, found);
    // Later another one may be the next that was touched.
    const isFollowed = next === end || end === facts.total_targets;
    if (count === 0 || !isFollowed || !isClosedPart({ count }, found)) return { bytes };
    const zipped = await toZipped(bytes);
    closed.set(key, { zipped });
    return { bytes, zipped: Promise.resolve(zipped) };
  }

  async function findClosed(task_id: string, query: GridQuery): Promise<BytesAnswer | undefined> {
    const { key } = await readFacts(task_id, query);
    const kept = closed.get(key);
    if (!kept) return undefined;
    closed.set(key, kept);
    return { bytes: undefined, zipped: Promise.resolve(kept.zipped) };
  }

  return {
    async getTaskGrid({ params: { task_id }, query }) {
      if (query.cells === false) return readHeader(task_id, query);
      const kept = query.by === 'index' ? await findClosed(task_id, query) : undefined;
      if (kept) return kept;
      const read = query.by === 'index' ? readByIndex : query.per === 1 ? readCells : readBlocks;
      return share(`${task_id} ${query.by} ${query.per} ${query.from} ${query.count}`, () => read(task_id, query));
    },
  };
}
