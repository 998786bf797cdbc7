import { EXCHANGES, type Job, toJobQueue } from '@cyberstroll/contracts';
import { inSpan } from '@cyberstroll/runtime';
import type { Publisher } from './publisher/publisher';

/** Sends a job to its pool, with its task's trace in the header; resolves when the broker has it. The pool's queue must exist. */
export function sendJob(
  publisher: Publisher,
  { pool, job, traceparent: parent }: { pool: string; job: Job; traceparent?: string | undefined },
): Promise<void> {
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': toJobQueue(pool).name,
    'cyberstroll.task_id': job.task_id,
    'cyberstroll.subtasks': job.subtasks.length,
  };
  return inSpan('send job', { kind: 'producer', parent, attributes }, (traceparent) =>
    publisher.publish(EXCHANGES.jobs.name, pool, job, traceparent === undefined ? {} : { headers: { traceparent } }),
  );
}
