/**
 * The system under fault: two of every service and the scanner nodes, as processes, with a recording node and recording
 * subscribers beside them. `judge` waits until nothing of the rig's tasks is on its way any more and has the checker look.
 */
import { join } from 'node:path';
import { eventually } from '@cyberstroll/testkit';
import type { CreateTask } from '../../e2e/api';
import { waitUntilSettled } from '../../e2e/assert-consistent';
import type { ProgressWatch } from '../../e2e/progress-watch';
import { startTestStack, type TestStack, type TestStackOptions } from '../../e2e/test-stack';
import { check, type Report } from '../checker/check';
import type { LedgerEntry } from '../checker/evidence';
import { type Database, openDatabase } from './database';
import { createDeadLetterCopy } from './dead-letter-copy';
import { createLedger, type Ledger } from './ledger';
import { createRecordingNode, RECORDED_POOL, type RecordingNode } from './recording-node';

export const HEARTBEAT_TIMEOUT_MS = 3_000;

export interface Rig extends TestStack {
  ledger: Ledger;
  database: Database;
  recorder: RecordingNode;
  /** A task with a subscriber; judged in the end. `recorded` ones are the recording node's. */
  begin(task: CreateTask, options?: { recorded?: boolean }): Promise<{ task_id: string; watch: ProgressWatch }>;
  /** Kills -9 one replica of a service, picked by `random`; resolves when it is dead. It is started again. */
  killOne(name: string, random: () => number): Promise<void>;
  /** Resolves when every process answers that it is ready. */
  waitUntilReady(timeoutMs?: number): Promise<void>;
  /** Updates that came to so an outcome in the updaters that run now. */
  countOutcome(outcome: 'applied' | 'duplicate' | 'stale' | 'rejected'): Promise<number>;
  /** Resolves with the checker's report when all tasks that were begun are settled. The next judgement is of later ones. */
  judge(timeoutMs?: number): Promise<Report>;
}

const REPLICAS = {
  'task-api': 2,
  dispatcher: 2,
  'state-updater': 2,
  'heartbeat-monitor': 2,
  'retry-scheduler': 2,
  'progress-pusher': 2,
};

export async function startRig({
  ownEngines = false,
  nodes = 4,
  scanMs = 100,
  slowNodeMs,
  serviceEnvironment = {},
}: Pick<TestStackOptions, 'serviceEnvironment'> & {
  ownEngines?: boolean;
  nodes?: number;
  scanMs?: number;
  /** How long a scan lasts on `node-1`, which takes 256 at once: when something happens to it, much is under way. */
  slowNodeMs?: number;
} = {}): Promise<Rig> {
  const node = { SCANNER: 'noop', CAPACITY: '32', HEARTBEAT_INTERVAL_MS: '500' };
  const toNode = (_: unknown, i: number) => [
    `node-${i + 1}`,
    i === 0 && slowNodeMs !== undefined
      ? { ...node, SCAN_MS: String(slowNodeMs), CAPACITY: '256' }
      : { ...node, SCAN_MS: String(scanMs) },
  ];
  const system = await startTestStack({
    replicas: REPLICAS,
    nodes: Object.fromEntries(Array.from({ length: nodes }, toNode)),
    ownEngines,
    serviceEnvironment: {
      'heartbeat-monitor': { HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS), SWEEP_INTERVAL_MS: '250' },
      ...serviceEnvironment,
    },
    timing: { baseMs: 300, capMs: 1_000 },
  });
  const { api, stack } = system;
  const { rabbitmq_url, mongodb_uri } = stack.describe();
  const ledger = createLedger(join(system.dir, 'ledger.jsonl'));
  const database = await openDatabase(mongodb_uri);
  const letters = await createDeadLetterCopy(rabbitmq_url);
  const recorder = await createRecordingNode(rabbitmq_url, 'recorder', ledger);
  let begun: { task_id: string; watch: ProgressWatch }[] = [];

  return {
    ...system,
    ledger,
    database,
    recorder,
    async begin(task, { recorded = false } = {}) {
      const config = { ...task.config, ...(recorded && { pool: RECORDED_POOL }) };
      const { task_id } = await api.createTask({ ...task, config });
      const watch = await api.watch(task_id);
      begun.push({ task_id, watch });
      return { task_id, watch };
    },
    async killOne(name, random) {
      const alive = system.find(name).filter(({ identity }) => identity !== undefined);
      await alive[Math.floor(random() * alive.length)]?.kill();
    },
    waitUntilReady: (timeoutMs = 20_000) =>
      eventually(
        async () => {
          for (const { instance, health_url, identity } of stack.services) {
            if (!identity || (await fetch(health_url)).status !== 200) throw new Error(`${instance} is not ready`);
          }
        },
        { timeoutMs, intervalMs: 100 },
      ),
    async countOutcome(outcome) {
      let sum = 0;
      for (const { health_url } of system.find('state-updater')) {
        const text = await (await fetch(health_url.replace('/readyz', '/metrics'))).text();
        const line = text
          .split('\n')
          .find((one) => one.startsWith('cyberstroll_state_updates_total{') && one.includes(`outcome="${outcome}"`));
        sum += Number(line?.split(' ')[1] ?? 0);
      }
      return sum;
    },
    async judge(timeoutMs = 40_000) {
      const judged = begun;
      begun = [];
      for (const { task_id } of judged) await waitUntilSettled(api, task_id, timeoutMs);
      const tasks = [];
      for (const { task_id } of judged) {
        tasks.push(
          await eventually(
            async () => {
              const dump = await database.dump(task_id);
              return dump.task.settled && dump;
            },
            { timeoutMs: 20_000, intervalMs: 100 },
          ),
        );
      }
      const openConnections: string[] = [];
      for (const { task_id, watch } of judged) {
        const status = tasks.find(({ task }) => task.task_id === task_id)!.task.status;
        const isHeard = await watch
          .waitFor((update) => update.status === status, 10_000)
          .then(
            () => true,
            (error: Error) => !error.message.includes('was closed'),
          );
        if (isHeard) openConnections.push(task_id);
        for (const { update } of watch.frames) ledger.write({ kind: 'frame', connection: task_id, update });
        watch.close();
      }
      const ids = new Set(judged.map(({ task_id }) => task_id));
      const isOfNow = (entry: LedgerEntry) => entry.kind !== 'frame' || ids.has(entry.connection);
      // What is with an updater still is not lost yet.
      const collect = async () => {
        const deadLetters = await letters.read();
        const now = await Promise.all(judged.map(({ task_id }) => database.dump(task_id)));
        return check({ tasks: now, deadLetters, ledger: ledger.read().filter(isOfNow), openConnections });
      };
      const deadline = performance.now() + 10_000;
      let report = await collect();
      while (report.lost > 0 && performance.now() < deadline) report = await collect();
      return report;
    },
    async stop() {
      for (const { watch } of begun) watch.close();
      await recorder.stop();
      await database.close();
      await system.stop();
    },
  };
}
