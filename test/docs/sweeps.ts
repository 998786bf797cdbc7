/** The tables of sweeps in the READMEs of the services, from their `src/sweep-table.ts`. */
import type { SweepTable } from '@cyberstroll/runtime';
import { toTable } from './table';

/** The services that have sweeps. */
export const SWEEPING = ['dispatcher', 'heartbeat-monitor', 'retry-scheduler', 'task-api'];

const BEGIN = '<!-- sweeps: written by `npm run docs` from src/sweep-table.ts -->';
const END = '<!-- end of sweeps -->';

/** The README with its table of sweeps as of now. */
export function writeSweeps(readme: string, sweeps: SweepTable): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error('the README has no place for its sweeps');
  return `${readme.slice(0, from)}${BEGIN}\n${renderSweeps(sweeps)}\n\n${readme.slice(to)}`;
}

function renderSweeps(sweeps: SweepTable): string {
  const rows = Object.entries(sweeps).map(([name, { every, idle, leader, overUnsettled, does }]) => {
    const times = `${toTime(every)}${idle === undefined ? '' : `, idle ${toTime(idle)}`}`;
    return [`\`${name}\``, times, leader ?? 'every replica', overUnsettled ? 'yes' : '', does];
  });
  const table = toTable(['sweep', 'every', 'leader', 'open tasks alone', 'does'], rows);
  return `${table}

- *every*: from the end of a pass to the next one, ±10 %. *idle*: the same after a pass that found nothing. An event
  ends this wait.
- *leader*: one replica runs it, the leader of all sweeps with the same word here. A dead leader is replaced within
  10 s.
- *open tasks alone*: while every task is settled, it only asks MongoDB every 5 s whether there is one. The event of a
  task ends the wait.`;
}

function toTime(time: number | string): string {
  if (typeof time === 'string') return `\`${time}\``;
  return time < 1_000 ? `${time} ms` : `${time / 1_000} s`;
}
