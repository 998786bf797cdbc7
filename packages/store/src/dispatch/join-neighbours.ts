import type { Chunk } from '../mongodb/models/documents';

/** Consecutive chunks of one task: the indexes from `first` up to, not including, `end`. */
export interface Neighbours {
  task_id: string;
  first: number;
  end: number;
  chunks: Chunk[];
}

/** One read returns no more than this number of indexes, unless a single chunk has more. */
const MAX_INDEXES = 10_000;

export function joinNeighbours(chunks: readonly Chunk[]): Neighbours[] {
  const sorted = [...chunks].sort((a, b) =>
    a.task_id < b.task_id ? -1 : a.task_id > b.task_id ? 1 : a.first_index - b.first_index,
  );
  const joined: Neighbours[] = [];
  for (const chunk of sorted) {
    const { task_id, first_index, count } = chunk;
    const last = joined.at(-1);
    const end = first_index + count;
    if (last && last.task_id === task_id && last.end === first_index && end - last.first <= MAX_INDEXES) {
      last.chunks.push(chunk);
      last.end = end;
    } else joined.push({ task_id, first: first_index, end, chunks: [chunk] });
  }
  return joined;
}
