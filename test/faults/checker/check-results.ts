import type { Evidence, Violation } from './evidence';

/** I13: a completed subtask's open ports are those that were open, whatever stalled or died while it was scanned. */
export function checkResults({ tasks, openPorts = {} }: Evidence): Violation[] {
  return tasks.flatMap(({ task, subTasks }) => {
    const open = openPorts[task.task_id];
    if (!open) return [];
    const wrong = subTasks.filter(
      ({ status, scan_result }) => status === 'COMPLETED' && String(scan_result?.open_ports) !== String(open),
    );
    return wrong.map(({ subtask_id, ip, scan_result, execution_duration }): Violation => {
      const what = `${ip}: found ${scan_result?.open_ports}, open was ${open} (scanned for ${execution_duration} s)`;
      return { invariant: 'I13', where: subtask_id, what };
    });
  });
}
