import { createLogger } from '@cyberstroll/runtime';
import { createAheadTime } from '@cyberstroll/testkit';
import type { ClientSession } from 'mongoose';
import type { Database } from '../models/database';
import type { LeaseDocument } from '../models/documents';
import { createWriterSessions } from './writer-sessions';

const TTL_MS = 5_000;
const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const toSession = (idHex: string) =>
  ({ id: { id: { buffer: Buffer.from(idHex, 'hex') } } }) as unknown as ClientSession;

/** Writers on one database, which holds their leases. All time is the test's. */
function setup() {
  const leases = new Map<string, LeaseDocument>();
  const killed: string[] = [];
  const speed = { writeMs: 1, readMs: 1 };
  const nowMs = () => performance.now();
  const takes = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  function connect(): Database {
    const admin = {
      async command({ killSessions: [session] }: { killSessions: { id: { buffer: Buffer } }[] }) {
        killed.push(session!.id.buffer.toString('hex'));
      },
    };
    return {
      connection: {
        db: { command: async () => ({ localTime: new Date(nowMs()) }) },
        getClient: () => ({ db: () => admin }),
      },
      leases: {
        async bulkWrite(writes: { updateOne: { filter: { _id: string }; update: { $set: object } } }[]) {
          await takes(speed.writeMs);
          for (const { updateOne } of writes) {
            const { _id } = updateOne.filter;
            leases.set(_id, { _id, ...updateOne.update.$set } as LeaseDocument);
          }
        },
        find: () => ({
          async toArray() {
            const found = [...leases.values()];
            await takes(speed.readMs);
            return found;
          },
        }),
        async deleteMany() {
          // Only of a writer that stops.
        },
        async deleteOne({ _id, expires }: LeaseDocument) {
          if (leases.get(_id)?.expires === expires) leases.delete(_id);
        },
      },
    } as never;
  }

  /** Every second it writes, is held up, and looks for sessions to end. */
  function startWriter(name: string, sessions: readonly string[]) {
    const writer = createWriterSessions(connect(), { owner: name, ttlMs: TTL_MS, logger });
    writer.start();
    const write = async () => {
      for (const id of sessions) await writer.keep(toSession(id));
      await writer.endAbandoned();
    };
    void write();
    const writing = setInterval(() => void write(), 1_000);
    return {
      /** Its leases stay. */
      die(): void {
        clearInterval(writing);
        void writer.stop();
      },
    };
  }

  return {
    leases,
    killed,
    speed,
    startWriter,
    /** Resolves with how many milliseconds ago the latest of all leases expired, at most, while this time passed. */
    async pass(ms: number): Promise<number> {
      let oldestMs = 0;
      for (let passed = 0; passed < ms; passed += 500) {
        await jest.advanceTimersByTimeAsync(500);
        for (const { expires } of leases.values()) oldestMs = Math.max(oldestMs, nowMs() - expires.getTime());
      }
      return oldestMs;
    },
  };
}

describe('writers that are held up', () => {
  it('end no session of each other while each write takes eight seconds, nor when writes are fast again', async () => {
    const { killed, speed, startWriter, pass } = setup();
    speed.writeMs = 8_000;
    for (const id of ['a1', 'a2', 'a3', 'a4']) startWriter(`writer ${id}`, [id]);
    // Each looks dead to the others: leases were over for more than two TTLs.
    expect(await pass(120_000)).toBeGreaterThan(2 * TTL_MS);
    speed.writeMs = 1;
    await pass(60_000);
    expect(killed).toEqual([]);
  });

  it('end no session of a writer that lives, and end it three leases after its death', async () => {
    const { killed, leases, startWriter, pass } = setup();
    const one = startWriter('one', ['a1', 'a2']);
    startWriter('other', ['b1']);
    await pass(60_000);
    expect([killed, leases.size]).toEqual([[], 3]);
    one.die();
    await pass(2.5 * TTL_MS);
    expect(killed).toEqual([]);
    await pass(TTL_MS);
    expect([killed.sort(), leases.size]).toEqual([['a1', 'a2'], 1]);
  });

  it('end nothing after they have stood still themselves, as the whole machine may have', async () => {
    const { killed, speed, startWriter, pass } = setup();
    for (const id of ['a1', 'a2']) startWriter(`writer ${id}`, [id]);
    // What is overdue after a stall runs before an answer is read.
    speed.readMs = TTL_MS / 2;
    await pass(60_000);
    const time = createAheadTime();
    time.pass(10 * TTL_MS);
    await pass(60_000);
    time.release();
    expect(killed).toEqual([]);
  });

  it('end nothing before they have seen the database keep pace for two leases', async () => {
    const { killed, leases, startWriter, pass } = setup();
    const _id = `session:${'d'.repeat(32)}`;
    leases.set(_id, { _id, owner: 'long dead', expires: new Date(-3_600_000) } as LeaseDocument);
    startWriter('one', ['a1']);
    await pass(2 * TTL_MS - 1_000);
    expect(killed).toEqual([]);
    await pass(2_000);
    expect(killed).toEqual(['d'.repeat(32)]);
  });

  it('end no session of a writer that renews one of its leases', async () => {
    const { killed, leases, startWriter, pass } = setup();
    for (const [id, expires] of [
      ['c1', -3_600_000],
      ['c2', 3_600_000],
    ] as const) {
      const _id = `session:${id}`;
      leases.set(_id, { _id, owner: 'another', expires: new Date(expires) } as LeaseDocument);
    }
    startWriter('one', ['a1']);
    await pass(60_000);
    expect(killed).toEqual([]);
  });
});
