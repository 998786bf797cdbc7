import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DAYS } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { openListeners, type staySilent } from '../../e2e/listeners';
import type { RuledTasks } from '../checker/evidence';
import type { ConnectRecord } from '../rig/record-connects';
import { BACK_WITHIN_MS, type Rig, RULED_POOL } from '../rig/rig';

/**
 * Of a task, all in 127.119.0.0/16. Each says nothing, so a scan of it lasts a second: each rule begins in the midst of
 * its task.
 */
const ADDRESSES = 128;
/** Of the excluded task: the last /28. */
const EXCLUDED = 16;
const MINUTE_MS = 60_000;
/**
 * A rule begins within these milliseconds, and lasts for some seconds. A window closes at a full minute, for a minute.
 */
const LEAST_MS = 5_000;
const MOST_MS = 14_000;
const LASTS_MS = 6_000;
/** From a planned time to a run by hand, which waits for the task of that one. */
const BY_HAND_MS = 1_500;

export interface Ruled {
  readonly task_ids: readonly string[];
  /** When the last rule ends, in milliseconds since 1970. */
  readonly lastEnd: number;
  /** Resolves when all rules are over; what listeners saw is read by `read`. */
  finish(): Promise<void>;
  read(): Promise<RuledTasks>;
  close(): Promise<void>;
}

type Rule = RuledTasks['rules'][number];

/** A task for each kind of rule, which begins while its scans do; and a schedule with a run by hand beside its own. */
export async function beginRuled(rig: Rig, random: () => number): Promise<Ruled> {
  mkdirSync(rig.connectsDir, { recursive: true });
  const port = await findFreePort();
  const accepted: { address: string; port: number; at: number }[] = [];
  const toAddresses = (place: number) => Array.from({ length: ADDRESSES }, (_, i) => `127.119.${place}.${i}`);
  const wanted = [0, 1, 2, 3, 4].flatMap(toAddresses).map((address) => ({
    address,
    port,
    greet: (socket: Parameters<typeof staySilent>[0]) => {
      accepted.push({ address, port: socket.remotePort ?? 0, at: performance.timeOrigin + performance.now() });
    },
  }));
  const { close } = await openListeners(wanted);
  const pick = () => Date.now() + LEAST_MS + Math.round(random() * (MOST_MS - LEAST_MS));
  const rules: Rule[] = [];
  const excluded: Record<string, number> = {};
  let lastEnd = Date.now();

  /** An operator's call that is repeated until it was heard. */
  const call = <Body>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    eventually(
      async () => {
        const answer = await rig.api.call<Body>(method, path, body);
        if (answer.status < 300) return answer.body;
        if (method === 'DELETE' && answer.status === 404) return answer.body;
        throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      },
      { timeoutMs: BACK_WITHIN_MS, intervalMs: 200 },
    );
  const begin = async (place: number, config = {}) => {
    const [first, last] = [toAddresses(place)[0], toAddresses(place).at(-1)];
    const task = {
      task_target: `${first}-${last}`,
      ports: String(port),
      labels: [`ruled-${place}`],
      config: { pool: RULED_POOL, ...config },
    };
    return (await rig.begin(task)).task_id;
  };
  const note = (name: string, place: number, since: number, until: number, addresses = toAddresses(place)): Rule => {
    const rule = { name, addresses, since, until };
    rules.push(rule);
    if (Number.isFinite(until)) lastEnd = Math.max(lastEnd, until);
    return rule;
  };
  const toCovers = (place: number) => ({ covers: { label: `ruled-${place}` }, reason: 'the nemesis' });

  async function freeze(place: number, running: 'end' | 'abort') {
    await delay(pick() - Date.now());
    await call('POST', '/api/freezes', { ...toCovers(place), running });
    const rule = note(`freeze, ${running}`, place, Date.now(), Number.POSITIVE_INFINITY);
    await delay(LASTS_MS);
    rule.until = Date.now();
    // A freeze whose answer was lost is there twice.
    const label = `ruled-${place}`;
    const { items } = await call<{ items: { freeze_id: string; covers: { label?: string } }[] }>('GET', '/api/freezes');
    for (const { freeze_id, covers } of items) {
      if (covers.label === label) await call('DELETE', `/api/freezes/${freeze_id}`);
    }
    lastEnd = Math.max(lastEnd, Date.now());
  }

  async function closeWindow(place: number) {
    const closes = Math.ceil((Date.now() + LEAST_MS) / MINUTE_MS) * MINUTE_MS;
    const toClock = (ms: number) => new Date(ms).toISOString().slice(11, 16);
    const toWindow = (from: number, to: number) => {
      return { days: [...DAYS], from: toClock(from), to: toClock(to), time_zone: 'UTC' };
    };
    const windows = [toWindow(closes - 30 * MINUTE_MS, closes), toWindow(closes + MINUTE_MS, closes + 60 * MINUTE_MS)];
    note('window', place, closes, closes + MINUTE_MS);
    // It closes after a minute at the latest, and the task is not over by then.
    return begin(place, { windows, max_concurrent: 2 });
  }

  async function blackOut(place: number) {
    const from = pick();
    const until = from + LASTS_MS;
    const times = { from: new Date(from).toISOString(), until: new Date(until).toISOString() };
    await call('POST', '/api/freezes', { ...toCovers(place), ...times });
    note('blackout', place, from, until);
  }

  async function exclude(place: number): Promise<string> {
    const start = pick();
    const first = ADDRESSES - EXCLUDED;
    const target = `127.119.${place}.${first}/28`;
    const body = { target, start: new Date(start).toISOString(), reason: 'the nemesis' };
    const { exclusion_id } = await call<{ exclusion_id: string }>('POST', '/api/exclusions', body);
    note('exclusion', place, start, Number.POSITIVE_INFINITY, toAddresses(place).slice(first));
    return exclusion_id;
  }

  /** Its one planned time comes soon; a run by hand is asked for beside it. */
  async function schedule() {
    // Planned times are whole seconds.
    const start = Math.ceil(pick() / 1_000) * 1_000;
    const { schedule_id } = await call<{ schedule_id: string }>('POST', '/api/schedules', {
      name: `nemesis ${start}`,
      template: { task_target: '127.118.0.1-2', task_initiator: 'nemesis', scan: { ports: '80' } },
      every: 60,
      start: new Date(start).toISOString(),
      end: new Date(start + MINUTE_MS).toISOString(),
      overlap: 'queue',
    });
    return { schedule_id, time: new Date(start) };
  }

  async function runByHand({ schedule_id, time }: { schedule_id: string; time: Date }) {
    await delay(time.getTime() + BY_HAND_MS - Date.now());
    await call('POST', `/api/schedules/${schedule_id}/run`, {});
  }

  const task_ids = [await begin(0), await begin(1), await begin(2), await closeWindow(3), await begin(4)];
  excluded[task_ids[4]!] = EXCLUDED;
  await blackOut(2);
  const exclusionId = await exclude(4);
  const planned = await schedule();
  const playing = Promise.all([freeze(0, 'end'), freeze(1, 'abort'), runByHand(planned)]);
  // Whoever waits for it hears of a failure.
  playing.catch(() => undefined);

  return {
    task_ids,
    get lastEnd() {
      return lastEnd;
    },
    async finish() {
      await playing;
      const { schedule_id, time } = planned;
      await eventually(() => rig.database.countTasks({ schedule_id, planned_time: time }), {
        timeoutMs: BACK_WITHIN_MS,
      });
    },
    async read() {
      const records = readdirSync(rig.connectsDir).flatMap((file) =>
        readFileSync(join(rig.connectsDir, file), 'utf8').split('\n').filter(Boolean),
      );
      const begunBy = new Map(
        records
          .map((line) => JSON.parse(line) as ConnectRecord)
          .map((each) => [`${each.address}:${each.port}`, each.begun]),
      );
      const connections = accepted.map(({ address, port: local, at }) => {
        return { address, begun: Math.min(at, begunBy.get(`${address}:${local}`) ?? at) };
      });
      const { schedule_id, time } = planned;
      const tasks = await rig.database.countTasks({ schedule_id, planned_time: time });
      return { task_ids, rules, connections, excluded, planned: [{ time, tasks }] };
    },
    async close() {
      await close();
      await call('DELETE', `/api/exclusions/${exclusionId}`);
      await call('DELETE', `/api/schedules/${planned.schedule_id}`);
    },
  };
}
