import type { mongo } from 'mongoose';
import { indexFirst } from '../queries/index-first';
import type { Database } from './database';
import type { TaskDocument } from './documents';
import { findFields, IN_ONE_ANSWER, type Path } from './fields';

/**
 * These fields of some tasks, in the order of their ids. It is the order of the index, so it costs nothing. Without it,
 * SecantusDB finds two or more ids by reading every task: 15 µs for each that there is.
 */
export const findTasks = <Field extends Path<TaskDocument>>(
  db: Database,
  taskIds: readonly string[],
  fields: readonly Field[],
  { filter = {}, session }: { filter?: mongo.Filter<TaskDocument>; session?: mongo.ClientSession } = {},
) =>
  findFields(db.tasks, { task_id: { $in: [...taskIds] }, ...filter }, fields, {
    ...IN_ONE_ANSWER,
    ...(session && { session }),
  }).sort({ task_id: 1 });

/**
 * These fields of the unsettled tasks that match `filter`, by id, after `after`. One small index has them in this
 * order, so nothing is sorted, however many pools or statuses the filter names. No hint names it: with one, SecantusDB
 * reads every task.
 */
export const findUnsettledTasks = <Field extends Path<TaskDocument>>(
  db: Database,
  fields: readonly Field[],
  { filter = {}, after }: { filter?: object; after?: string | undefined } = {},
) => {
  const unsettled = { settled: false, ...(after !== undefined && { task_id: { $gt: after } }) };
  return findFields(db.tasks, indexFirst(unsettled, filter), fields, IN_ONE_ANSWER).sort({ task_id: 1 });
};
