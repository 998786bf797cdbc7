import type { Owner, Schedule } from '@cyberstroll/contracts';
import { createMetrics } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { parseScope } from '@cyberstroll/targets';
import { testLogger } from '@cyberstroll/testkit';
import { type GivenSchedule, toNewSchedule } from '../src/core/schedules/change-schedule';
import { createScheduleMetrics } from '../src/metrics/schedule-metrics';
import { createScheduleSweep, type ScheduleDeps } from '../src/sweeps/run-schedules';

export const BEGIN = new Date('2026-03-01T00:00:00Z');
export const after = (seconds: number) => new Date(BEGIN.getTime() + seconds * 1_000);
export const OTTO = { operator: 'otto', sender: { role: 'operator', address: '127.0.0.1', request_id: 'r' } };
export const TEMPLATE = { task_target: '127.0.0.1', task_initiator: 'alice', scan: { ports: '22' } };

/** Methods of the store that a test replaces. */
export type Changes = { [Part in keyof ScheduleDeps['store']]?: Partial<ScheduleDeps['store'][Part]> };

type Id = Pick<Schedule, 'schedule_id'>;

/** Schedules, their sweep, and what became of them. */
export function createScheduleHelp(getStore: () => Store) {
  return {
    /** Each minute, from the first minute after `BEGIN` on. */
    async addSchedule(given: Partial<GivenSchedule> = {}, owner: Owner = OTTO): Promise<Schedule> {
      const times = { every: 60, time_zone: 'UTC', jitter: 0, catch_up: 86_400 };
      const what = { name: 's', template: TEMPLATE, overlap: 'skip' as const, target_ranges: [] };
      const whole = { ...times, ...what, ...given };
      return (await getStore().schedules.create((id) => toNewSchedule(whole, owner, BEGIN, id))).schedule;
    },
    sweep({ store: changes = {}, ...rest }: Omit<Partial<ScheduleDeps>, 'store'> & { store?: Changes } = {}) {
      const store = getStore();
      return createScheduleSweep({
        store: {
          schedules: { ...store.schedules, ...changes.schedules },
          scheduleRuns: { ...store.scheduleRuns, ...changes.scheduleRuns },
          tasks: { ...store.tasks, ...changes.tasks },
          auditLog: { ...store.auditLog, ...changes.auditLog },
          exclusions: { ...store.exclusions, ...changes.exclusions },
        },
        broadcast: async () => undefined,
        admit: async () => undefined,
        findRights: async () => ({ scope: undefined }),
        leadership: { isLeader: async () => true },
        metrics: createScheduleMetrics(createMetrics('task-api')),
        config: { SCAN_SCOPE: parseScope('127.0.0.0/8'), MAX_TARGETS_PER_TASK: 10, AUDIT_LOG_DAYS: 1 },
        logger: testLogger,
        ...rest,
      });
    },
    findRuns: async ({ schedule_id }: Id) =>
      (await getStore().scheduleRuns.findPage(schedule_id, { limit: 1_000 })).items.reverse(),
    findTasks: async ({ schedule_id }: Id) =>
      (await getStore().tasks.findTasks({ schedule_id, limit: 1_000, sort: 'oldest' })).items,
    end: (taskId: string, status: 'CANCELLED' | 'TIMEOUT' = 'CANCELLED') =>
      getStore().tasks.updateTaskStatus(taskId, status, 'test', 'test'),
  };
}
