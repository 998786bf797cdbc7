import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Store } from '@cyberstroll/store';

export interface ArchiveDeps {
  store: Pick<Store, 'cleanUp' | 'findings'>;
  /** Must exist. If a volume is not mounted, that is an error and nothing is deleted. */
  directory: string;
  /** Part of the name of the unfinished file, so that two replicas never write to the same file. */
  instance: string;
}

const PAGE = 1_000;

/**
 * Writes a task as `<task_id>.ndjson.gz`: the task, then one line per subtask that has a document, then one per
 * finding. A file of this name is whole and durable: it gets the name after the fsync, and only if the deletion had not
 * started when the last document was read. False if `mayContinue` said no, or the task is no longer to be archived.
 */
export async function archiveTask(
  { store, directory, instance }: ArchiveDeps,
  taskId: string,
  mayContinue: () => Promise<boolean>,
): Promise<boolean> {
  const task = await store.cleanUp.findDoomed(taskId);
  if (!task) return false;
  const file = join(directory, `${taskId}.ndjson.gz`);
  const partial = `${file}.${encodeURIComponent(instance)}.partial`;
  let isWhole = false;

  async function* toLines() {
    yield toLine(task);
    for (let first = 0; first < task!.progress.total_targets; first += PAGE) {
      if (!(await mayContinue())) return;
      const subTasks = await store.cleanUp.findTouched(taskId, first, PAGE);
      if (subTasks.length > 0) yield subTasks.map(toLine).join('');
    }
    for (let cursor: string | undefined; ; ) {
      if (!(await mayContinue())) return;
      const findings = await store.findings.findPage({ task_id: taskId, limit: PAGE, cursor });
      if (findings.items.length > 0) yield findings.items.map(toLine).join('');
      cursor = findings.next_cursor;
      if (cursor === undefined) break;
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
