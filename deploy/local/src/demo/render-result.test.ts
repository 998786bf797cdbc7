import type { ApiSubTask } from '@cyberstroll/cli';
import { renderHosts, renderOutcome } from './render-result';

const subtask = (ip: string, open_ports: number[], services: string[]) =>
  ({ ip, scan_result: { open_ports, services, response_time: 1 } }) as ApiSubTask;

describe('renderHosts', () => {
  it('lists the hosts with open ports in the order of their addresses, and no control characters of theirs', () => {
    const text = renderHosts([
      subtask('127.0.0.20', [80, 99], ['80/tcp http \u001b[2Jevil']),
      subtask('127.0.0.3', [22], ['22/tcp ssh']),
      subtask('127.0.0.4', [], []),
    ]);
    expect(text.split('\n')[0]).toBe('2 addresses have open ports:');
    expect(text.indexOf('127.0.0.3 ')).toBeLessThan(text.indexOf('127.0.0.20'));
    expect(text).toContain('99/tcp');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('127.0.0.4');
  });

  it('says so when nothing is open', () => {
    expect(renderHosts([subtask('127.0.0.1', [], [])])).toBe('no address has an open port among those scanned');
  });
});

describe('renderOutcome', () => {
  it('names the status, the counts that are not 0 and the duration', () => {
    const counts = {
      total_targets: 3,
      pending_count: 0,
      assigned_count: 0,
      scanning_count: 0,
      completed_count: 2,
      failed_count: 1,
      timeout_count: 0,
      retry_count: 0,
      cancelled_count: 0,
      retries_total: 0,
    };
    const update = {
      type: 'progress_update' as const,
      task_id: 't',
      status: 'COMPLETED',
      progress: 100,
      timestamp: '',
    };
    expect(renderOutcome({ ...update, counts, estimated_remaining: 0, done: 3, total: 3 }, 1.26)).toBe(
      'COMPLETED: 3 targets, 2 completed, 1 failed, in 1.3 s',
    );
  });
});
