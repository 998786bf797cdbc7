import { MAX_SUBTASKS_PER_JOB } from '@cyberstroll/contracts';
import mongoose, { type Connection } from 'mongoose';

/**
 * Writes all of a task into the dispatch ledger, as sent out: without that nobody may report of it, and no dispatcher
 * sends it.
 */
export async function writeLedger(mongodbUri: string, task_id: string, total: number): Promise<void> {
  const connection = await mongoose.createConnection(mongodbUri).asPromise();
  try {
    await writeLedgerTo(connection, task_id, total);
  } finally {
    await connection.close();
  }
}

export async function writeLedgerTo(connection: Connection, task_id: string, total: number): Promise<void> {
  const dispatched_time = new Date();
  const chunks = Array.from({ length: Math.ceil(total / MAX_SUBTASKS_PER_JOB) }, (_, i) => {
    const first_index = i * MAX_SUBTASKS_PER_JOB;
    const count = Math.min(MAX_SUBTASKS_PER_JOB, total - first_index);
    return { _id: `${task_id}-${first_index}`, task_id, first_index, count, dispatched_time, settled: true };
  });
  await connection.collection('chunks').insertMany(chunks as never);
}
