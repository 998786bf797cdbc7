/**
 * A call of every method of the store. The type of `toCalls` demands an entry for each method: whoever adds a method
 * adds its call here. One file, so that this type sees all of them.
 */
import {
  type DeadLetterRecord,
  type FleetStatistics,
  type ScheduleRun,
  type StatisticsSample,
  toBuckets,
  toSubTaskId,
} from '@cyberstroll/contracts';
import type { Component } from '@cyberstroll/runtime';
import { parseTargets } from '@cyberstroll/targets';
import { toHeartbeat } from '@cyberstroll/testkit';
import type { OpenOperation, Store } from '../src';
import { anHourAgo, type Seeded, SIGHTING, seedEveryKind } from './seed-every-kind';
import { claimOf, newTask, queuedTask, report } from './setup';

type Parts = Omit<Store, keyof Component | 'check' | 'getTime' | 'whenIndexed' | 'isIndexed'>;
export type Calls = { [Part in keyof Parts]: { [Method in keyof Parts[Part]]: () => Promise<unknown> } };

/** Where the walk over subtasks enters its last slice. */
export const LAST_SLICE = `ff${'0'.repeat(22)}`;

/** Calls every method at least once, so that a recording holds every command that services send. */
export async function callEveryMethod(store: Store): Promise<void> {
  const calls = await prepareCalls(store);
  for (const part of Object.values(calls)) for (const call of Object.values(part)) await call();
  await cleanUp(store);
}

/** The calls of `store`, on documents that `seeder` has written. In their order each finds what it reads or changes. */
export const prepareCalls = async (store: Store, seeder: Store = store): Promise<Calls> =>
  toCalls(store, await seedEveryKind(seeder));

const newOperation = (taskId: string) => {
  const command = { action: 'pause' as const, filter: {}, operator: 'test', more: false };
  return { ...command, task_ids: [taskId] };
};

const SCHEDULE_ID = 'a'.repeat(24);

const EVENT_FREEZE = { freeze_id: SCHEDULE_ID, from: new Date(), reason: 'r' };

const newSchedule = (now: Date) => ({
  name: 'nightly',
  template: {},
  every: 60,
  time_zone: 'UTC',
  jitter: 0,
  overlap: 'skip' as const,
  catch_up: 60,
  paused: false,
  operator: 'test',
  created_time: now,
  changed_time: now,
  counted_from: now,
  next_time: now,
  due_time: now,
  target_ranges: [{ first: '4', last: '4' }],
});

const newRun = (now: Date) => ({
  schedule_id: SCHEDULE_ID,
  planned_time: now,
  outcome: 'waiting' as const,
  todo: 'create' as const,
  decided_time: now,
});

const toOpenOperation = (taskId: string, now: Date): OpenOperation => ({
  ...newOperation(taskId),
  operation_id: 'f'.repeat(24),
  state: 'waiting',
  matched: 1,
  place: 0,
  done: 0,
  unchanged: 0,
  failed: 0,
  failures: [],
  created_time: now,
  expires: now,
});

function toCalls(store: Store, { taskId, endedId, cancelledId, task, alert, notice, due, end }: Seeded): Calls {
  const {
    taskStates,
    tasks,
    subTasks,
    findings,
    results,
    chunks,
    nodes,
    deadLetters,
    alerts,
    alertOutbox,
    taskEndOutbox,
    audit,
    freezes,
    silences,
    holds,
  } = store;
  const now = new Date();
  const later = new Date(now.getTime() + 60_000);
  const ago = anHourAgo();
  const chunk = { task_id: taskId, first_index: 0, count: 4, dispatched_time: now, settled: false };
  const deadLetter = toDeadLetter(now);
  const ids = [deadLetter.dead_letter_id];
  const covers = { pool: 'default' };
  const freeze = { kind: 'freeze', covers, reason: 'test', operator: 'ada', from: now } as const;
  const silence = { rule: 'node_silent', reason: 'test', operator: 'ada', until: later } as const;
  const session = { _id: 'f'.repeat(64), caller_id: 'ada', name: 'ada', created_time: now, expires: later };
  const beat = toHeartbeat({ node_id: 'node-1', timestamp: now.getTime(), capacity: 1 });
  const { alert_id } = alert;
  const claim = { state: 'claimed', key: 'key', owner: 'o', id: 'd'.repeat(24), isRepeat: false } as const;
  const findExclusionId = async () =>
    (await store.exclusions.create({ target: '127.9.9.9', reason: 'test' }, 'test', now)).exclusion_id;
  const LIST = { name: 'list', owner: 'test', reason: 'test', entries: [{ target: '127.9.9.0/31' }] };
  const findListId = async () => (await store.exclusions.createList(LIST, 'test', now)).exclusion_id;
  const webhook = { name: 'hook', url: 'http://127.0.0.1:9/', operator: 'ada', change: 0, secret: 'whsec_test' };
  const method = { method: 'nuclei', options_schema: {}, operator: 'ada', updated_time: now };
  const makeWebhook = () => store.webhooks.create(webhook, now);
  const findKeyId = async () => (await store.apiKeys.findChanges(0, 1))[0]!.key_id;

  const limit = { covers: { all: true as const }, max_concurrent: 5, operator: 'test' };
  const limit_id = 'e'.repeat(24);
  const per_prefix = { max_concurrent: 1, ipv4_length: 24, ipv6_length: 64 };

  return {
    taskStates: {
      createTask: () => taskStates.createTask({ ...newTask('127.0.0.9'), task_id: 'c'.repeat(24) }),
      updateTaskStatus: () => taskStates.updateTaskStatus(taskId, 'RUNNING', 'test'),
      getTaskStatus: () => taskStates.getTaskStatus(taskId),
      getTaskProgress: () => taskStates.getTaskProgress(taskId),
      createSubTasks: () => taskStates.createSubTasks(taskId, ['127.0.1.0/30']),
      assignSubTask: () => taskStates.assignSubTask(toSubTaskId(taskId, 5), 'node-1'),
      updateSubTaskStatus: () => taskStates.updateSubTaskStatus(toSubTaskId(taskId, 5), 'SCANNING'),
      retrySubTask: () => taskStates.retrySubTask(toSubTaskId(taskId, 3)),
      batchUpdateSubTasks: () => taskStates.batchUpdateSubTasks([report(claimOf(taskId, 6), 'COMPLETED')]),
      getPendingSubTasks: () => taskStates.getPendingSubTasks('node-1', 2),
      calculateTaskProgress: () => taskStates.calculateTaskProgress(taskId),
      getTaskStatistics: () => taskStates.getTaskStatistics(taskId),
      cleanupExpiredTasks: () => taskStates.cleanupExpiredTasks(1),
    },
    silences: {
      create: () => silences.create(silence, now),
      findInForce: () => silences.findInForce(now),
      findPage: () => silences.findPage({ limit: 10 }, now),
      end: async () => silences.end((await silences.create(silence, now)).silence_id, now),
    },
    ruleSettings: { find: () => store.ruleSettings.find('limit_id', 'f'.repeat(24)) },
    unreadable: { find: () => store.unreadable.find([`task ${taskId}`], now) },
    freezes: {
      create: () => freezes.create(freeze, now),
      findAll: () => freezes.findAll(now),
      findRecent: () => freezes.findRecent(),
      findPage: () => freezes.findPage({ limit: 10 }, now),
      lift: async () => freezes.lift((await freezes.findAll(now))[0]!.freeze_id, now),
    },
    holds: {
      beginRules: async () => {
        await holds.beginRules([{ ...freeze, freeze_id: 'b'.repeat(24) }], now);
      },
      reviewHeld: async () => {
        await holds.beginRules([{ ...freeze, freeze_id: 'a'.repeat(24) }], now);
        await holds.reviewHeld([], now);
      },
      reviewOpen: () => holds.reviewOpen([], now),
      findAborting: () => holds.findAborting({ after: 'a'.repeat(24), limit: 10 }),
      countHeldBy: () => holds.countHeldBy('a'.repeat(24)),
      countHeld: () => holds.countHeld(),
    },
    tasks: {
      createTask: () => tasks.createTask({ ...newTask('127.0.0.9'), task_id: 'c'.repeat(24) }),
      createTaskOfRun: () =>
        tasks.createTaskOfRun(newTask('127.0.0.9'), { run: newRun(now), schedule: { rev: 0 }, now }),
      updateTaskStatus: () => tasks.updateTaskStatus(taskId, 'RUNNING', 'test'),
      queueTasks: async () => tasks.queueTasks(await tasks.findCreated(10), 'test', 'test'),
      changeFields: () => tasks.changeFields(taskId, () => ({ name: 'one', priority: 6 })),
      getTaskStatus: () => tasks.getTaskStatus(taskId),
      calculateTaskProgress: () => tasks.calculateTaskProgress(taskId),
      transitionTasks: () => tasks.transitionTasks([taskId], 'test'),
      getTask: () => tasks.getTask(taskId),
      fillInTargets: () => tasks.fillInTargets(task),
      findSubset: () =>
        tasks.findSubset(taskId, { only: 'failed', maxIntervals: 10, signal: new AbortController().signal }),
      findOpenPorts: () => tasks.findOpenPorts(taskId, new AbortController().signal),
      findChained: () => tasks.findChained(10),
      endChain: () => tasks.endChain(taskId, { next_task: taskId }),
      findPace: () => tasks.findPace('default'),
      findInside: () => tasks.findInside([taskId], [{ first: '4', last: '5' }]),
      requireInside: () => tasks.requireInside(taskId, [{ first: '4', last: '5' }]),
      async findTasks() {
        const fields = { label: ['l'], pool: 'default', task_initiator: 'i', task_category: 'c', task_type: 't' };
        const ids = { task_id: [taskId], schedule_id: SCHEDULE_ID, freeze_id: SCHEDULE_ID, target: '127.0.0.1' };
        for (const [field, value] of Object.entries({ ...fields, ...ids, after: ago.toISOString() }))
          await tasks.findTasks({ limit: 10, [field]: value });
        await tasks.findTasks({ limit: 10, sort: 'priority' });
        await tasks.findTasks({ limit: 10, sort: 'priority', status: ['RUNNING'] });
        await tasks.findTasks({ limit: 10, status: ['RUNNING'] });
        await tasks.findTasks({ limit: 10 });
      },
      findSnapshot: () => tasks.findSnapshot(taskId),
      getStanding: () => tasks.getStanding(taskId),
      getTaskWithProgress: () => tasks.getTaskWithProgress(taskId),
      findSnapshots: () => tasks.findSnapshots([taskId]),
      findRollUps: () => tasks.findRollUps([taskId]),
      writeProgress: async () =>
        tasks.writeProgress((await tasks.findRollUps([taskId])).flatMap(({ write }) => write ?? [])),
      findCreated: () => tasks.findCreated(10),
      findForDispatch: async () => {
        await tasks.findForDispatch(['default'], { after: taskId, limit: 10 });
        await tasks.findForDispatch(['default'], { taskIds: [taskId] });
      },
      findDispatchFacts: () => tasks.findDispatchFacts([taskId]),
      countForDispatch: () => tasks.countForDispatch([taskId]),
      findUnsent: () => tasks.findUnsent({ pools: ['default'] }, 10),
      findOpen: () => tasks.findOpen([taskId]),
      findOpenWithin: async () => {
        await tasks.findOpenWithin([{ first: '4', last: '5' }], { after: undefined, limit: 10 });
        await tasks.findOpenWithin([{ first: '4', last: '5' }], { taskIds: [taskId] });
      },
      findStatuses: () => tasks.findStatuses([taskId]),
      getJobSource: () => tasks.getJobSource(taskId),
      hasUnsettled: () => tasks.hasUnsettled(),
      findUnsettled: () => tasks.findUnsettled(10, { only: 'open' }),
      findMoved: () => tasks.findMoved({ limit: 10, now }),
      findOverdue: () => tasks.findOverdue(later, 10),
      findEnded: () => tasks.findEnded(ago, 10),
      findResumed: () => tasks.findResumed(ago, 10),
      findStopped: () => tasks.findStopped(),
      settleTasks: () => tasks.settleTasks([endedId]),
      reopenTask: () => tasks.reopenTask(endedId, 'test', 'test', { all: true }),
      findRetryAll: () => tasks.findRetryAll(10),
      endRetryAll: () => tasks.endRetryAll(endedId, now),
    },
    subTasks: {
      batchUpdateSubTasks: () => subTasks.batchUpdateSubTasks([report(claimOf(taskId, 6), 'COMPLETED')]),
      tryUpdateSubTasks: () => subTasks.tryUpdateSubTasks([report(claimOf(taskId, 6), 'COMPLETED')], new Date()),
      findPage: async () => {
        await subTasks.findPage(taskId, { limit: 10 });
        await subTasks.findPage(taskId, { limit: 10, status: ['COMPLETED'] });
        await subTasks.findPage(taskId, { limit: 10, status: ['PENDING'] });
        await subTasks.findPage(taskId, { limit: 10, has_open_ports: true });
        await subTasks.findPage(taskId, { limit: 10, ip: '127.0.0.1' });
      },
      findGridGroups: async () => {
        await subTasks.findGridGroups(taskId, { indexes: { first: 0, last: 15 }, inDetail: true });
        await subTasks.findGridGroups(taskId, { indexes: { first: 0, last: 65_535 }, inDetail: true });
        await subTasks.findGridGroups(taskId, { indexes: [0, 3], inDetail: false });
      },
      findNextTouched: () => subTasks.findNextTouched(taskId, 3),
      getSubTask: () => subTasks.getSubTask(toSubTaskId(taskId, 1)),
      async findClaims() {
        await subTasks.findClaims(['node-1']);
        await subTasks.findClaims(['node-1'], { deadlineBefore: now, updatedBefore: now });
      },
      findHolders: () => subTasks.findHolders(),
      findUnderScan: () => subTasks.findUnderScan([taskId], 10),
      putOffDeadlines: () => subTasks.putOffDeadlines([toSubTaskId(taskId, 0)], later),
      findDueRetries: () => subTasks.findDueRetries([taskId], now, 10),
      markRetriesSent: () => subTasks.markRetriesSent([toSubTaskId(taskId, 3)], later),
      countSentRetries: () => subTasks.countSentRetries([taskId]),
      recallSentRetries: () => subTasks.recallSentRetries([taskId], { sentBefore: later, now, limit: 10 }),
      recallRetries: () => subTasks.recallRetries(ago, now),
      findOpen: () => subTasks.findOpen(taskId, 10),
      findScanned: () => store.subTasks.findScanned(taskId, ['127.0.0.1']),
      findFailed: async () => {
        await subTasks.findFailed(taskId, 10, { closedBy: now });
        await subTasks.findFailed(taskId, 10, { selection: { error_code: 'NODE_LOST' } });
      },
      countTouched: () => subTasks.countTouched(taskId, 0),
      findStatuses: () => subTasks.findStatuses(taskId, [0, 1]),
      findOpenWithin: () => subTasks.findOpenWithin(taskId, parseTargets('127.0.0.0/8'), 10),
      findTaskNodes: () => subTasks.findTaskNodes(taskId, now),
      countFailed: () => subTasks.countFailed(taskId, { target: '127.0.0.0/30' }),
    },
    findings: {
      findPage: async () => {
        const queries = [{}, { task_id: taskId }, { finding_id: 'a' }, { severity: ['high' as const] }];
        for (const query of [...queries, { target: '127.0.0.0/24', kind: 'cve' }]) {
          await findings.findPage({ ...query, limit: 1 });
        }
      },
      deleteSome: () => findings.deleteSome(taskId, 1),
    },
    results: {
      findPage: async () => {
        const { next_cursor } = await results.findPage({ limit: 1 });
        await results.findPage({ limit: 10, cursor: next_cursor });
        await results.findPage({ limit: 10, port: 22, service: 'ssh', task_id: taskId, target: '127.0.0.0/24' });
      },
      stream: async () => {
        for await (const result of await results.stream({}, new AbortController().signal))
          expect(result.ip).toBeTruthy();
      },
      takeFirst: () => results.takeFirst({ limit: 10 }, () => undefined, new AbortController().signal),
    },
    chunks: {
      openChunk: () => chunks.openChunk({ ...chunk, first_index: 4, now }),
      openChunks: () => chunks.openChunks([{ ...chunk, first_index: 4, now }]),
      advanceCursor: () => chunks.advanceCursor(taskId, 0, 4),
      advanceCursors: () => chunks.advanceCursors([{ task_id: taskId, from: 0, to: 4 }]),
      findAhead: () => chunks.findAhead([{ task_id: taskId, cursor: 4 }]),
      findUnsettled: () => chunks.findUnsettled({ task_id: taskId, dispatchedBefore: later, limit: 10 }),
      findUntouched: () => chunks.findUntouched([chunk]),
      findUnsettledTasks: () => chunks.findUnsettledTasks({ dispatchedBefore: later, limit: 10 }),
      settleChunks: () => chunks.settleChunks([taskId], later),
      deleteTouched: () => chunks.deleteTouched([chunk]),
      recall: () => chunks.recall([{ chunk, reason: 'lost' }]),
      findWaiting: () => chunks.findWaiting([taskId], { limit: 10 }),
      countWaiting: () => chunks.countWaiting(),
      claimWaiting: () => chunks.claimWaiting([{ chunk, end: 4 }], now),
    },
    nodes: {
      recordHeartbeat: () => nodes.recordHeartbeat(beat, now),
      setProcesses: () => nodes.setProcesses(beat, { instance_id: 'node-1-b' }),
      findNodes: () => nodes.findNodes(),
      findSeen: () => nodes.findSeen(ago, ['node-1']),
      findPage: () => nodes.findPage({ limit: 10 }),
      getNode: () => nodes.getNode('node-1'),
      findPools: () => nodes.findPools(),
      findOnline: () => nodes.findOnline(),
      countOnline: () => nodes.countOnline(),
      findAvailableNodes: () => nodes.findAvailableNodes(),
      findLost: () => nodes.findLost(now),
      setStatus: () => nodes.setStatus('node-1', 'offline'),
      async remove() {
        await nodes.recordHeartbeat({ ...beat, node_id: 'gone', status: 'offline' }, now);
        await nodes.remove('gone', now);
      },
    },
    leases: {
      acquireAll: () => store.leases.acquireAll(['l', 'm'], 1_000),
      keep: () => store.leases.keep('l', 1_000),
      renewAll: () => store.leases.renewAll(['l', 'm'], 1_000),
      releaseAll: () => store.leases.releaseAll(['l', 'm']),
    },
    waiting: {
      findFleet: () => store.waiting.findFleet(),
      countTasksByPool: () => store.waiting.countTasksByPool(),
      findNextRetries: () => store.waiting.findNextRetries([taskId]),
      getTask: () => store.waiting.getTask(taskId),
    },
    deadLetters: {
      keep: () => deadLetters.keep(deadLetter),
      findPage: () => deadLetters.findPage({ limit: 10 }),
      groupByReason: () => deadLetters.groupByReason({}),
      countWaiting: () => deadLetters.countWaiting(),
      getDeadLetter: () => deadLetters.getDeadLetter(deadLetter.dead_letter_id),
      findMatching: () => deadLetters.findMatching({ reason: deadLetter.reason }, 10),
      findWhole: () => deadLetters.findWhole(ids),
      markReplayed: () => deadLetters.markReplayed(ids, { time: now, operator: 'test' }),
      markDiscarded: () => deadLetters.markDiscarded(ids, { time: now, operator: 'test' }),
    },
    audit: {
      findAuditable: () => audit.findAuditable({ endedAfter: ago, limit: 10 }),
      auditTask: async () => {
        await audit.auditTask(taskId, { maxSubTasks: 1_000, now });
        // Recounts in slices begin once the task has stood still from one look to the next.
        let slices = (await audit.auditTask(taskId, { maxSubTasks: 5, now }))!.slices;
        for (let looks = 0; looks < 9 && slices; looks++) {
          slices = (await audit.auditTask(taskId, { maxSubTasks: 5, now, before: slices }))!.slices;
        }
      },
      unsettleTask: () => audit.unsettleTask(taskId),
      mendLedger: () => audit.mendLedger(taskId),
      findStranded: () => audit.findStranded(taskId, { limit: 10, maxSubTasks: 100 }),
      findOrphans: async () => {
        // The walk goes from kind to kind; of the subtasks the last slice of hashes is enough.
        let after: string | undefined;
        do ({ next: after } = await audit.findOrphans(after));
        while (after?.includes(':'));
        for (after = LAST_SLICE; after !== undefined; ) ({ next: after } = await audit.findOrphans(after));
      },
      deleteOrphans: async () => {
        for (const kind of ['orphan_subtasks', 'orphan_progress', 'orphan_chunks'] as const)
          await audit.deleteOrphans({ kind, task_id: 'f'.repeat(24) }, 10);
      },
    },
    statistics: {
      getFleetStatistics: () => store.statistics.getFleetStatistics(),
      getTaskStatistics: () => store.statistics.getTaskStatistics(taskId),
    },
    samples: {
      add: async () => store.samples.add(toSample(await store.statistics.getFleetStatistics(now))),
      find: () => store.samples.find(60, now),
    },
    inventory: {
      followOnce: async () => {
        const findings = [{ id: 'a', kind: 'cve', title: 'a' }];
        const scan_result = { open_ports: [22], services: [], response_time: 1, findings };
        await subTasks.batchUpdateSubTasks([report(claimOf(taskId, 7), 'COMPLETED', { scan_result })]);
        await store.inventory.followOnce();
      },
      dropOldest: () => store.inventory.dropOldest(),
      findOldest: () => store.inventory.findOldest(),
    },
    hosts: {
      findOne: () => store.hosts.findOne('127.0.0.1'),
      findPage: async () => {
        const query = { state: 'open' as const, limit: 1 };
        await store.hosts.findPage(query);
        await store.hosts.findPage({ ...query, target: '127.0.0.0/8', port: 22, cursor: '47f000001' });
        await store.hosts.findPage({ ...query, label: 'office', severity: ['high'] });
      },
      findServices: () => store.hosts.findServices({ state: 'any', limit: 1, cursor: '47f000001-22-tcp' }),
      findChanges: () => store.hosts.findChanges({ limit: 1 }),
      findLastChange: () => store.hosts.findLastChange(),
    },
    webhooks: {
      create: makeWebhook,
      findPage: () => store.webhooks.findPage({ limit: 10 }),
      findDue: () => store.webhooks.findDue(1, later),
      notePlace: async () => store.webhooks.notePlace(await makeWebhook(), 1, now),
      noteFault: async () => store.webhooks.noteFault(await makeWebhook(), 'answered 503', later, now),
      remove: async () => store.webhooks.remove((await makeWebhook()).webhook_id),
    },
    scanMethods: {
      findAll: () => store.scanMethods.findAll(),
      findRecent: () => store.scanMethods.findRecent(),
      set: () => store.scanMethods.set(method),
      remove: async () => {
        await store.scanMethods.set(method);
        await store.scanMethods.remove(method.method);
      },
    },
    nodeSamples: {
      take: () => store.nodeSamples.take(now),
      find: () => store.nodeSamples.find('node-1', now),
    },
    nodeCounts: {
      put: () => store.nodeCounts.put({ timestamp: now, nodes: [{ node_id: 'node-1', completed: 1, failed: 0 }] }),
      find: () => store.nodeCounts.find(now),
    },
    fleetEvents: {
      noteNode: () => store.fleetEvents.noteNode({ time: now, kind: 'node_lost', subject: 'node-1' }),
      noteFreeze: () => store.fleetEvents.noteFreeze(EVENT_FREEZE),
      noteLifted: () => store.fleetEvents.noteLifted(EVENT_FREEZE, now),
      find: () => store.fleetEvents.find({ minutes: 60 }, now),
    },
    search: {
      search: () => store.search.search({ text: 'node', target: '127.0.0.1' }),
      findNames: () => store.search.findNames([taskId]),
    },
    queues: {
      noteDepths: () => store.queues.noteDepths(new Map([['q', 1]]), now, 60_000),
      findEmptyTimes: () => store.queues.findEmptyTimes(['q'], now),
      findDepths: () => store.queues.findDepths(now),
    },
    queueLag: {
      findMarker: () => store.queueLag.findMarker(now),
      noteMarker: () => store.queueLag.noteMarker({ sinceTime: now, lagSeconds: 0, expires: later }),
      noteBack: () => store.queueLag.noteBack(now),
      findLagSeconds: () => store.queueLag.findLagSeconds(now),
    },
    queueRates: {
      note: () => store.queueRates.note(new Map([['q', { in_per_second: 1, out_per_second: 1 }]]), now, 10_000),
      find: () => store.queueRates.find(['q'], now),
    },
    alerts: {
      raise: () => alerts.raise({ ...SIGHTING, subject: 'q' }, 'test', now),
      refresh: () => alerts.refresh([{ ...SIGHTING, alert_id }], now),
      findActive: () => alerts.findActive(),
      findPage: () => alerts.findPage({ limit: 10 }),
      getAlert: () => alerts.getAlert(alert_id),
      command: () => alerts.command(alert_id, 'acknowledged', { reason: 'r', operator: 'test' }, now),
      commandAll: () =>
        alerts.commandAll({ rule: SIGHTING.rule }, 'acknowledged', { reason: 'r', operator: 'test' }, now, 10),
      mutes: () => alerts.mutes(alert, 'firing', now),
      noteUnsilenced: () => alerts.noteUnsilenced('test', now),
      clear: () => alerts.clear(alert, 'r', 'test', now),
    },
    alertOutbox: {
      hasWork: () => alertOutbox.hasWork(['t'], now),
      findNotices: () => alertOutbox.findNotices(10),
      dispatch: () => alertOutbox.dispatch(alert, notice, [due.delivery], now),
      findDue: () => alertOutbox.findDue('t', now, 10),
      findDueOfOthers: () => alertOutbox.findDueOfOthers(['u'], now, 10),
      claim: () => alertOutbox.claim(due.subject, due.delivery, ago),
      putOff: () => alertOutbox.putOff(due.subject, due.delivery, ago),
      remove: () => alertOutbox.remove(due.subject, due.delivery),
    },
    taskEndOutbox: {
      hasWork: () => taskEndOutbox.hasWork(['t'], now),
      findNotices: () => taskEndOutbox.findNotices(10),
      dispatch: () => taskEndOutbox.dispatch(end.subject, end.notice, [end.delivery], now),
      discard: () => taskEndOutbox.discard!(ago),
      findDue: () => taskEndOutbox.findDue('t', now, 10),
      findDueOfOthers: () => taskEndOutbox.findDueOfOthers(['u'], now, 10),
      claim: () => taskEndOutbox.claim(end.subject, end.delivery, ago),
      putOff: () => taskEndOutbox.putOff(end.subject, { ...end.delivery, next_time: ago }, ago),
      remove: () => taskEndOutbox.remove(end.subject, end.delivery),
    },
    alertFacts: {
      findWatchedTasks: () => store.alertFacts.findWatchedTasks({ limit: 10, endedAfter: ago, taskIds: [taskId] }),
      findBeginning: () => store.alertFacts.findBeginning([taskId]),
    },
    // The deletion of a task comes last: `cleanUp` below.
    schedules: {
      create: () => store.schedules.create(() => newSchedule(now), SCHEDULE_ID),
      getSchedule: () => store.schedules.getSchedule(SCHEDULE_ID),
      findPage: () => store.schedules.findPage({ limit: 10, within: [{ first: '4', last: '5' }] }),
      change: () => store.schedules.change(SCHEDULE_ID, (schedule) => schedule),
      findDue: () => store.schedules.findDue(now, 10),
      findPaused: () => store.schedules.findPaused('test'),
      findLate: () => store.schedules.findLate(now),
      countOfKeys: () => store.schedules.countOfKeys([SCHEDULE_ID]),
      advance: () => store.schedules.advance(SCHEDULE_ID, now, { next_time: later, due_time: later }),
      remove: async () => {
        const { schedule } = await store.schedules.create(() => newSchedule(now));
        return store.schedules.remove(schedule.schedule_id);
      },
    },
    scheduleRuns: {
      decide: () => store.scheduleRuns.decide(newRun(now)),
      findTodo: () => store.scheduleRuns.findTodo(10),
      hasWaiting: () => store.scheduleRuns.hasWaiting(SCHEDULE_ID),
      note: async () => {
        const { run } = await store.scheduleRuns.decide(newRun(now));
        return store.scheduleRuns.note(run, { outcome: 'created', task_id: taskId });
      },
      findPage: () =>
        store.scheduleRuns.findPage(SCHEDULE_ID, { limit: 10, cursor: later.getTime(), outcome: ['created'] }),
      findLast: () => store.scheduleRuns.findLast(SCHEDULE_ID, ago, 3),
      findStuck: () => store.scheduleRuns.findStuck(now),
      findOpenTasks: () => store.scheduleRuns.findOpenTasks(SCHEDULE_ID),
      findTaskStatuses: () => store.scheduleRuns.findTaskStatuses([taskId]),
      noteComparing: () => store.scheduleRuns.noteComparing(newRun(now) as ScheduleRun, now),
      findToCompare: () => store.scheduleRuns.findToCompare(10),
      findCompleteBefore: () => store.scheduleRuns.findCompleteBefore(newRun(later), 3),
      noteChanges: () => store.scheduleRuns.noteChanges(newRun(now), undefined),
      removeOf: () => store.scheduleRuns.removeOf('b'.repeat(24)),
    },
    operations: {
      create: () => store.operations.create(newOperation(taskId), now),
      getOperation: async () => {
        const { operation_id } = await store.operations.create(newOperation(taskId), now);
        return store.operations.getOperation(operation_id);
      },
      findPage: () => store.operations.findPage({ limit: 10 }),
      findDue: () => store.operations.findDue(),
      isOverruled: () => store.operations.isOverruled(toOpenOperation(taskId, now), taskId),
      noteOutcome: () => store.operations.noteOutcome(toOpenOperation(taskId, now), 0, 'done', now),
      noteTry: () => store.operations.noteTry(toOpenOperation(taskId, now), 0),
      cancel: async () => {
        const { operation_id } = await store.operations.create(newOperation(taskId), now);
        return store.operations.cancel(operation_id, { operator: 'test' }, now);
      },
    },
    cleanUp: {
      findExpired: () => store.cleanUp.findExpired({ expireDays: 1, limit: 10, now }),
      findRequested: () => store.cleanUp.findRequested(10),
      findDoomed: () => store.cleanUp.findDoomed(taskId),
      findTouched: () => store.cleanUp.findTouched(taskId, 0, 10),
      requestOne: () => store.cleanUp.requestOne(cancelledId, 'test', now),
      request: () => store.cleanUp.request(['f'.repeat(24)], 'test', now),
      markRequested: () => store.cleanUp.markRequested(),
      beginDeletion: () => store.cleanUp.beginDeletion(taskId, now),
      deleteSome: () => store.cleanUp.deleteSome(taskId),
    },
    exclusions: {
      create: () => store.exclusions.create({ target: '127.9.9.9', reason: 'test' }, 'test', now),
      getExclusion: async () => store.exclusions.getExclusion(await findExclusionId(), now),
      findPage: () => store.exclusions.findPage({ limit: 10 }, now),
      findOpen: () => store.exclusions.findOpen(now),
      findInForce: () => store.exclusions.findInForce(now),
      findOfPorts: () => store.exclusions.findOfPorts(ago, later),
      noteAffected: async () => store.exclusions.noteAffected(taskId, new Map([[await findExclusionId(), 1]])),
      createList: () => store.exclusions.createList(LIST, 'test', now),
      getList: async () => store.exclusions.getList(await findListId(), now),
      findLists: () => store.exclusions.findLists({ limit: 10 }, now),
      replaceList: async () => store.exclusions.replaceList(await findListId(), LIST, { operator: 'test' }, now),
      liftList: async () => store.exclusions.liftList(await findListId(), { operator: 'test' }, now),
      lift: async () => store.exclusions.lift(await findExclusionId(), { operator: 'test' }, now),
    },
    apiKeys: {
      create: () => store.apiKeys.create({ name: `key ${later.getTime()}`, role: 'viewer' }, 'test', now),
      getKey: async () => store.apiKeys.getKey(await findKeyId()),
      findPage: () => store.apiKeys.findPage({ limit: 10 }),
      findExpiring: () => store.apiKeys.findExpiring(later),
      findChanges: () => store.apiKeys.findChanges(0, 10),
      markUsed: async () => store.apiKeys.markUsed([await findKeyId()], now),
      rotate: async () => store.apiKeys.rotate(await findKeyId(), 60, now),
      revoke: async () => store.apiKeys.revoke(await findKeyId(), 'test', now),
    },
    limits: {
      create: () => store.limits.create(limit, now, limit_id),
      getLimit: () => store.limits.getLimit(limit_id),
      findAll: () => store.limits.findAll(),
      findVersions: () => store.limits.findVersions(),
      change: () => store.limits.change(limit_id, { max_starts_per_second: 2 }, now),
      remove: () => store.limits.remove('f'.repeat(24)),
      findMoving: () => store.limits.findMoving(),
      findFacts: () => store.limits.findFacts([taskId]),
      findOverAll: () => store.limits.findOverAll(now),
      findStanding: () =>
        store.limits.findStanding(
          [{ task_id: taskId, config: { pool: 'default', max_concurrent: 1, per_prefix } }],
          now,
        ),
      writeStates: () => store.limits.writeStates(new Map([[limit_id, { next_start: now }]]), now),
    },
    sessions: {
      add: () => store.sessions.add(session),
      findOpen: () => store.sessions.findOpen([session._id]),
      findEnds: () => store.sessions.findEnds(0, 10),
      end: () => store.sessions.end(session._id),
    },
    auditLog: {
      add: () => store.auditLog.add({ time: now, operation: 'cancelTask', address: '127.0.0.1', request_id: 'r' }, 1),
      complete: () => store.auditLog.complete('f'.repeat(24), { status: 200 }),
      findPage: () => store.auditLog.findPage({ limit: 10, task_id: taskId, after: now.toISOString() }),
    },
    idempotency: {
      claim: () => store.idempotency.claim('key', 'request'),
      renew: () => store.idempotency.renew(claim),
      complete: () => store.idempotency.complete(claim, {}),
      release: () => store.idempotency.release(claim, true),
    },
  };
}

/** A task from its last result to its last document. */
async function cleanUp(store: Store): Promise<void> {
  const taskId = await queuedTask(store, '127.0.0.1');
  await store.taskStates.batchUpdateSubTasks([report(claimOf(taskId, 0), 'COMPLETED')]);
  await store.taskStates.calculateTaskProgress(taskId);
  await store.tasks.settleTasks([taskId]);
  const inAMonth = new Date(Date.now() + 30 * 86_400_000);
  expect((await store.cleanUp.findExpired({ expireDays: 1, limit: 10, now: inAMonth })).length).toBeGreaterThan(0);
  await store.cleanUp.request([taskId], 'test', inAMonth);
  expect(await store.cleanUp.markRequested()).toBe(1);
  expect(await store.cleanUp.findDoomed(taskId)).toMatchObject({ task_id: taskId });
  expect(await store.cleanUp.beginDeletion(taskId, inAMonth)).toBe(true);
  for (let place: number | undefined = 0; place !== undefined; )
    place = (await store.cleanUp.deleteSome(taskId, place)).next;
  await expect(store.tasks.getTask(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
}

const toDeadLetter = (now: Date): DeadLetterRecord => ({
  dead_letter_id: '1'.repeat(32),
  state: 'waiting',
  reason: 'bad_field',
  detail: 'd',
  queue: 'cs.updates',
  first_seen: now,
  content: '{}',
  content_type: 'json',
  content_bytes: 2,
  replayable: true,
  exchange: 'cs.state',
  routing_key: 'updates',
  replayed_times: [],
  kept_time: now,
  expires: new Date(now.getTime() + 3_600_000),
});

const toSample = (fleet: FleetStatistics): StatisticsSample => ({
  timestamp: fleet.timestamp,
  counted_tasks: 0,
  is_complete: true,
  subtasks: toBuckets(fleet.progress),
  updates_applied_total: 0,
  update_queue_lag: null,
  nodes: fleet.nodes,
  slots: { used: 0, total: 0 },
  tasks: { queued: 0, running: 0, paused: 0 },
});
