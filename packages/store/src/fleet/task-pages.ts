/**
 * What a node holds, as it is stored: pages of its list, each as deflated JSON. A hundred subtasks have 9 kB as BSON,
 * and 0.5 to 2.2 kB so. So each heartbeat writes the whole list with all else that it says, in one update. It is
 * compared with nothing that a replica remembers, and no part of an older list can stay.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Node } from '@cyberstroll/contracts';
import { mongo } from 'mongoose';
import type { NodeDocument } from '../mongodb/models/documents';

type CurrentTasks = Node['current_tasks'];
type StoredTasks = Pick<NodeDocument, 'task_pages'>;

/** The first page is what a list of nodes shows. */
const TASKS_PER_PAGE = 100;
/** A higher level takes longer for the same size. */
const FAST = { level: 1 };

export function toTaskPages(tasks: CurrentTasks): mongo.Binary[] {
  const pages: mongo.Binary[] = [];
  for (let first = 0; first < tasks.length; first += TASKS_PER_PAGE) {
    const page = JSON.stringify(tasks.slice(first, first + TASKS_PER_PAGE));
    pages.push(new mongo.Binary(deflateRawSync(page, FAST)));
  }
  return pages;
}

/** The document with the list of its pages. */
export const readTaskPages = <Stored extends StoredTasks>({
  task_pages = [],
  ...rest
}: Stored): Omit<Stored, keyof StoredTasks> & Pick<Node, 'current_tasks'> => ({
  ...rest,
  current_tasks: task_pages.flatMap(readPage),
});

const readPage = (page: mongo.Binary): CurrentTasks => JSON.parse(inflateRawSync(page.value()).toString());
