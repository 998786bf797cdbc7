import { createSweep } from '@cyberstroll/runtime';
import { createTcpProxy, eventually, testLogger as logger, upTo } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createLeases } from '../../store/src/leases/leases';
import { createDatabase } from '../../store/src/mongodb/models/database';
import { createLeadership } from '../src';
import { type Fixture, setup } from './setup';

const NAMES = ['dispatcher', 'task-api', 'mongodb', 'rabbitmq', 'heartbeats', 'retry-scheduler', 'clean-up'];
const LEASES = NAMES.map((name) => `leader:${name}`);
const toSweepNames = (name: string) => upTo(4).map((n) => `${name}-${n}`);

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

/** A replica of every service, which finds MongoDB by `uri`. */
async function startReplica(uri: string, owner: string) {
  const connection = await createConnection(uri, { monitorCommands: true }).asPromise();
  const leads = new Map<string, boolean>();
  /** The leases that it asks about, and those that it writes, with the first word of the command. */
  const commands: { name: string; leases: readonly string[] }[] = [];
  connection.getClient().on('commandStarted', ({ commandName: name, command }) => {
    if (command[name] !== 'leases') return;
    const filter = command['filter'] ?? command['updates']?.[0].q ?? { _id: { $in: command['documents'] } };
    commands.push({ name, leases: filter._id.$in });
  });
  const leases = createLeases(
    createDatabase(() => connection),
    owner,
  );
  const sweeps = NAMES.flatMap((name) => {
    const leadership = createLeadership(leases, name);
    return toSweepNames(name).map((sweepName) =>
      createSweep({
        name: sweepName,
        intervalMs: 1_000,
        sweepOnce: async () => ({}),
        logger,
        leadership: leadership.join(),
        observer: {
          leaderAsked: (sweep, isLeader) => leads.set(sweep, isLeader),
          passed: () => undefined,
          failed: () => undefined,
        },
      }),
    );
  });
  for (const sweep of sweeps) await sweep.start();
  return {
    commands,
    leads: () => NAMES.flatMap(toSweepNames).filter((sweep) => leads.get(sweep)),
    async stop() {
      await Promise.all(sweeps.map((sweep) => sweep.stop()));
      await connection.close();
    },
  };
}

it('F38: after leases ran out while MongoDB was slow, each sweep has a leader, and who stands by writes nothing', async () => {
  const proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  const reader = await createConnection(fixture.testbed.mongodb_uri).asPromise();
  fixture.testbed.defer(() => reader.close());
  const db = createDatabase(() => reader);
  const replicas = await Promise.all(upTo(3).map((n) => startReplica(proxy.url, `replica-${n}`)));
  const findOwners = async () =>
    new Map((await db.leases.find({ _id: { $in: LEASES } }).toArray()).map(({ _id, owner }) => [_id, owner]));
  /** Each sweep runs where its lease is, and nowhere else. */
  const settle = () =>
    eventually(async () => {
      const owners = await findOwners();
      replicas.forEach(({ leads }, n) => {
        const names = NAMES.filter((name) => owners.get(`leader:${name}`) === `replica-${n}`);
        expect(leads()).toEqual(names.flatMap(toSweepNames));
      });
      expect([...owners.values()].filter((owner) => owner.startsWith('replica-'))).toHaveLength(NAMES.length);
    });
  const waitForCommands = async (count: number) => {
    for (const { commands } of replicas) commands.length = 0;
    await eventually(() => expect(Math.min(...replicas.map(({ commands }) => commands.length))).toBeGreaterThan(count));
  };
  try {
    await settle();
    // Longer than a lease lasts, at times.
    const endDelay = proxy.intercept(() => ({ afterMs: 2_000 + 6_000 * Math.random() }));
    await db.leases.updateMany({ _id: { $in: LEASES } }, { $set: { owner: 'dead', expires: new Date(0) } });
    await waitForCommands(0);
    endDelay();
    // A replica asks one thing after the other: what it asked during the delay is answered then.
    await waitForCommands(2);
    await settle();

    await waitForCommands(2);
    const owners = await findOwners();
    replicas.forEach(({ commands }, n) => {
      const written = commands.filter(({ name }) => name !== 'find').flatMap(({ leases }) => leases);
      expect(written.filter((lease) => owners.get(lease) !== `replica-${n}`)).toEqual([]);
    });
    await settle();
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await proxy.close();
  }
});
