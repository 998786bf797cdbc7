import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Store } from '@cyberstroll/store';

export interface ArchiveDeps {
  store: Store;
  /** Must exist: a volume that is not mounted is an error, and nothing is deleted. */
  directory: string;
  /** Names the unfinished file: two replicas never write to one. */
  instance: string;
}

const PAGE = 1_000;

/**
 * Writes a task as `<task_id>.ndjson.gz`: the task, then a line per subtask that has a document. The name stands for a
 * whole and durable file: it is given after the fsync, and only where the deletion had not begun by the end of reading.
 * False where `goesOn` said no, or the task is not to be archived any more.
 */
export async function archiveTask(
  { store, directory, instance }: ArchiveDeps,
  taskId: string,
  goesOn: () => Promise<boolean>,
): Promise<boolean> {
  const task = await store.cleanUp.findDoomed(taskId);
  if (!task) return false;
  const file = join(directory, `${taskId}.ndjson.gz`);
  const partial = `${file}.${encodeURIComponent(instance)}.partial`;
  let isWhole = false;

  async function* toLines() {
    yield toLine(task);
    for (let first = 0; first < task!.progress.total_targets; first += PAGE) {
      if (!(await goesOn())) return;
      const subTasks = await store.cleanUp.findTouched(taskId, first, PAGE);
      if (subTasks.length > 0) yield subTasks.map(toLine).join('');
    }
    isWhole = true;
  }

  try {
    await pipeline(toLines, createGzip(), createWriteStream(partial, { mode: 0o640, flush: true }));
    if (!isWhole || !(await store.cleanUp.findDoomed(taskId))) return false;
    await rename(partial, file);
    await syncDirectory(directory);
    return true;
  } finally {
    await rm(partial, { force: true });
  }
}

const toLine = (document: unknown): string => `${JSON.stringify(document)}\n`;

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
