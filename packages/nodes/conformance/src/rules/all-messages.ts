/** Rules over all that the node has sent, checked at the end. */
import {
  describeFaults,
  EXCHANGES,
  isTooDeep,
  MAX_MESSAGE_BYTES,
  readSafely,
  sentHeartbeatSchema,
} from '@cyberstroll/contracts';
import type { Bench } from '../bench/bench';
import { check } from '../broken-rule';
import type { Rules } from '../rule';
import { findFaults, parse } from './envelope-faults';

const NODE_EXCHANGES: ReadonlySet<string> = new Set([
  EXCHANGES.state.name,
  EXCHANGES.heartbeats.name,
  EXCHANGES.deadLetters.name,
]);

const messagesTo = ({ tap }: Bench, exchange: string) =>
  tap.publishes.filter((publish) => publish.exchange === exchange);

export const ALL_MESSAGES = {
  'valid-heartbeats': {
    section: 'Heartbeats',
    promise: 'all its heartbeats are valid against the schema',
    run(bench) {
      const messages = messagesTo(bench, EXCHANGES.heartbeats.name);
      for (const { body } of messages) {
        const { error } = readSafely(sentHeartbeatSchema, parse(body));
        check(!error, error ? describeFaults(error) : '');
      }
      return `${messages.length} heartbeats`;
    },
  },
  'valid-updates': {
    section: 'Updates',
    promise: 'all its updates are valid against the schema, and of subtasks that it was sent',
    run(bench) {
      const messages = messagesTo(bench, EXCHANGES.state.name);
      for (const { body } of messages) {
        const faults = findFaults(bench, body);
        check(!faults, faults ?? '');
      }
      return `${messages.length} envelopes with ${bench.updates().length} updates`;
    },
  },
  'one-lease': {
    section: 'Updates',
    promise: 'each attempt has one lease, made for it alone, the same in all its updates',
    run(bench) {
      const attempts = new Map<string, string>();
      const leases = new Map<string, string>();
      for (const { subtask_id, attempt, instance_id, lease_id = '' } of bench.updates()) {
        // Another process may get the same job.
        const key = `${subtask_id} attempt ${attempt} of ${instance_id}`;
        check((attempts.get(key) ?? lease_id) === lease_id, `${key} has two leases`);
        check((leases.get(lease_id) ?? key) === key, `lease ${lease_id} is of two attempts`);
        attempts.set(key, lease_id);
        leases.set(lease_id, key);
      }
      return `${leases.size} leases of ${attempts.size} attempts`;
    },
  },
  publishes: {
    section: 'Updates',
    promise:
      'publishes updates persistent, mandatory and with confirms, heartbeats with confirms, and to no other exchange',
    run(bench) {
      const updates = messagesTo(bench, EXCHANGES.state.name);
      const count = (what: string, holds: (each: (typeof updates)[0]) => boolean, all = updates) => {
        const without = all.filter((each) => !holds(each)).length;
        check(without === 0, `${without} of ${all.length} messages are not ${what}`);
      };
      count('mandatory', (each) => each.mandatory);
      count('persistent', (each) => each.persistent);
      count('on a channel with confirms', (each) => each.confirms);
      const heartbeats = messagesTo(bench, EXCHANGES.heartbeats.name);
      count('on a channel with confirms', (each) => each.confirms, heartbeats);
      const other = bench.tap.publishes.find(({ exchange }) => !NODE_EXCHANGES.has(exchange));
      check(!other, `a message to ${other?.exchange}`);
      return `${updates.length} envelopes and ${heartbeats.length} heartbeats`;
    },
  },
  sizes: {
    section: 'Rules for all messages',
    promise: 'no message is larger than 4 MiB or nested deeper than 64 levels',
    run(bench) {
      const largest = Math.max(...bench.tap.publishes.map(({ body }) => body.length));
      check(largest <= MAX_MESSAGE_BYTES, `${largest} bytes`);
      check(!bench.tap.publishes.some(({ body }) => isTooDeep(parse(body))), 'nested too deep');
      return `${largest} bytes at most`;
    },
  },
} satisfies Rules;
