import { subTaskUpdateSchema } from '@cyberstroll/contracts';
import {
  toAbortedUpdates,
  toCancelUpdates,
  toNodeLostUpdates,
  toOverdueUpdates,
  toRetryUpdates,
  toStrandedUpdates,
} from './service-updates';

const NOW = new Date('2026-01-01T12:00:00Z');
const held = {
  task_id: 'a'.repeat(24),
  subtask_id: `${'a'.repeat(24)}-7`,
  ip: '127.0.0.7',
  attempt: 2,
  lease_id: 'lease',
  assigned_node: 'n1',
};

describe('updates by services', () => {
  it('fail the subtasks that a lost node held, under their own attempts and leases', () => {
    const [update] = toNodeLostUpdates([held], 'silent', 'silent', NOW);
    expect(subTaskUpdateSchema.parse(update)).toMatchObject({
      subtask_id: held.subtask_id,
      attempt: 2,
      lease_id: 'lease',
      status: 'FAILED',
      reassigned: 'silent',
      error_info: { error_code: 'NODE_LOST' },
      completed_time: NOW.toISOString(),
    });
  });

  it('time out overdue subtasks', () => {
    const [update] = toOverdueUpdates([held], NOW);
    expect(subTaskUpdateSchema.parse(update)).toMatchObject({
      attempt: 2,
      lease_id: 'lease',
      status: 'TIMEOUT',
      reassigned: 'overdue',
      error_info: { error_code: 'SUBTASK_TIMEOUT' },
    });
  });

  it('abort what is under scan, with the reason of the hold', () => {
    const hold = { code: 'frozen', reason: 'an outage' } as const;
    expect(subTaskUpdateSchema.parse(toAbortedUpdates([{ ...held, hold }], NOW)[0])).toMatchObject({
      attempt: 2,
      lease_id: 'lease',
      status: 'FAILED',
      error_info: { error_code: 'TASK_HELD', error_message: 'aborted, frozen: an outage' },
    });
  });

  it('cancel the open subtasks of an ended task, without a lease if no node holds them', () => {
    const { lease_id: _, ...unheld } = held;
    const updates = toCancelUpdates([held, unheld], 'CANCELLED', NOW);
    expect(updates.map((update) => subTaskUpdateSchema.parse(update).lease_id)).toEqual(['lease', undefined]);
    expect(updates[1]).not.toHaveProperty('lease_id');
    expect(updates[0]).toMatchObject({ status: 'CANCELLED', attempt: 2, reason: 'its task ended as CANCELLED' });
  });

  it('fail stranded subtasks, and retry the attempt that failed', () => {
    expect(subTaskUpdateSchema.parse(toStrandedUpdates([held], NOW)[0])).toMatchObject({
      status: 'FAILED',
      attempt: 2,
      lease_id: 'lease',
      error_info: { error_code: 'NODE_LOST' },
    });
    expect(toRetryUpdates([held], 'again')).toEqual([
      { task_id: held.task_id, subtask_id: held.subtask_id, attempt: 2, status: 'RETRYING', reason: 'again' },
    ]);
  });
});
