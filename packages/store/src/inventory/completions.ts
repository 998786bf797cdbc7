/**
 * What one batch has completed, for the inventory. The indexes are stored as 4 bytes each: as numbers of BSON they
 * would have three times as many, and each batch writes a thousand of them.
 */
import { groupBy } from '@cyberstroll/contracts';
import { mongo } from 'mongoose';
import type { CompletionsDocument } from '../mongodb/models/documents';

/** Subtasks of one task. */
export interface Completed {
  task_id: string;
  /** Indexes of those that found something. */
  open: number[];
  /** Indexes of the others. */
  empty: number[];
}

const BYTES = 4;

export const toCompletions = (time: Date, completed: readonly Completed[]): CompletionsDocument => ({
  _id: new mongo.ObjectId(),
  time,
  tasks: completed.map(({ task_id, open, empty }) => ({ task_id, open: toBinary(open), empty: toBinary(empty) })),
});

/** By task, of several batches. */
export function readCompletions(batches: readonly CompletionsDocument[]): Completed[] {
  const tasks = batches.flatMap((batch) => batch.tasks);
  return [...groupBy(tasks, ({ task_id }) => task_id)].map(([task_id, those]) => ({
    task_id,
    open: those.flatMap(({ open }) => readIndexes(open)),
    empty: those.flatMap(({ empty }) => readIndexes(empty)),
  }));
}

export const countCompletions = ({ tasks }: CompletionsDocument): number =>
  tasks.reduce((sum, { open, empty }) => sum + (open.length() + empty.length()) / BYTES, 0);

function toBinary(indexes: readonly number[]): mongo.Binary {
  const bytes = Buffer.allocUnsafe(indexes.length * BYTES);
  indexes.forEach((index, place) => {
    bytes.writeUInt32LE(index, place * BYTES);
  });
  return new mongo.Binary(bytes);
}

function readIndexes(binary: mongo.Binary): number[] {
  const bytes = Buffer.from(binary.value());
  return Array.from({ length: bytes.length / BYTES }, (_, place) => bytes.readUInt32LE(place * BYTES));
}
