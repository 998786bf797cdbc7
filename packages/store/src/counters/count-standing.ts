/** What stands now, counted for the figures of the fleet. Every read has an index and a bound. */
import { ALERT_RULE_NAMES, type FleetStatistics } from '@cyberstroll/contracts';
import type { Connection } from 'mongoose';
import { LEASE_PREFIX } from '../leases/lease-prefix';
import type { Models } from '../mongodb/create-models';

const MAX_ALERTS = 100_000;
const MAX_LEASES = 20_000;

/** The alerts whose condition stands, by rule. */
export async function countActiveAlerts({ alerts }: Models): Promise<FleetStatistics['alerts_active']> {
  const groups = await alerts.collection
    .aggregate<{ _id: string; count: number }>([
      { $match: { active: true } },
      { $limit: MAX_ALERTS },
      { $group: { _id: '$rule', count: { $sum: 1 } } },
    ])
    .toArray();
  const counts = new Map(groups.map(({ _id, count }) => [_id, count]));
  return Object.fromEntries(
    ALERT_RULE_NAMES.map((rule) => [rule, counts.get(rule) ?? 0]),
  ) as FleetStatistics['alerts_active'];
}

/** The leases that have not run out, on the database's clock, as they are taken. */
export async function countLeases(connection: Connection, { leases }: Models): Promise<FleetStatistics['leases']> {
  const { localTime } = (await connection.db!.command({ hello: 1 })) as unknown as { localTime: Date };
  const held = await leases.collection
    .find({ expires: { $gt: localTime } }, { projection: { _id: 1 } })
    .limit(MAX_LEASES)
    .toArray();
  const count = (prefix: string) => held.filter(({ _id }) => String(_id).startsWith(prefix)).length;
  const tasks = count(LEASE_PREFIX.dispatch);
  return { tasks, sweeps: held.length - tasks - count(LEASE_PREFIX.session) };
}
