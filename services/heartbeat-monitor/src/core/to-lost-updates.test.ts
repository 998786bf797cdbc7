import { subTaskUpdateSchema } from '@cyberstroll/contracts';
import { toNodeLostUpdates, toOverdueUpdates } from './to-lost-updates';

const NOW = new Date('2026-01-01T12:00:00Z');
const held = {
  task_id: 'a'.repeat(24),
  subtask_id: `${'a'.repeat(24)}-7`,
  ip: '127.0.0.7',
  attempt: 2,
  lease_id: 'lease',
  assigned_node: 'n1',
};

describe('updates of what was lost', () => {
  it('fail it under its own attempt and lease', () => {
    const [update] = toNodeLostUpdates([held], 'silent', 'silent', NOW);
    expect(subTaskUpdateSchema.parse(update)).toMatchObject({
      subtask_id: held.subtask_id,
      attempt: 2,
      lease_id: 'lease',
      status: 'FAILED',
      taken: 'silent',
      error_info: { error_code: 'NODE_LOST' },
      completed_time: NOW.toISOString(),
    });
  });

  it('time out what is overdue', () => {
    const [update] = toOverdueUpdates([held], NOW);
    expect(subTaskUpdateSchema.parse(update)).toMatchObject({
      attempt: 2,
      lease_id: 'lease',
      status: 'TIMEOUT',
      taken: 'overdue',
      error_info: { error_code: 'SUBTASK_TIMEOUT' },
    });
  });
});
