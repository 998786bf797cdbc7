import type { SubTaskUpdate } from '@cyberstroll/contracts';
import fc from 'fast-check';
import type { Receipt } from '../signals';
import { type Entry, UpdateBuffer } from './update-buffer';

const TASK = '0'.repeat(24);
const CLAIMS = 4;

/** The n-th update that was made; `reason` carries n. */
const toUpdate = (claim: number, n: number): SubTaskUpdate => ({
  task_id: TASK,
  subtask_id: `${TASK}-${claim}`,
  attempt: 1,
  lease_id: `lease-${claim}`,
  status: 'SCANNING',
  reason: String(n),
});
const claimOf = ({ update }: Entry) => update.lease_id!;
const numberOf = (update: SubTaskUpdate) => Number(update.reason);

/** What a buffer should do, in the plainest words: per claim, what was made last and what was confirmed last. */
class Model {
  readonly buffer = new UpdateBuffer();
  readonly made = new Map<string, number>();
  readonly confirmed = new Map<string, number>();
  readonly inFlight: Entry[][] = [];
  /** How often each receipt was confirmed. */
  readonly receipts: number[] = [];
  #count = 0;

  add(claim: number): void {
    const receipt = this.receipts.push(0) - 1;
    const counted: Receipt = { settled: Promise.resolve(), confirm: () => this.receipts[receipt]!++ };
    const update = toUpdate(claim, ++this.#count);
    this.buffer.add(update, counted);
    this.made.set(update.lease_id!, this.#count);
  }

  take(maxCount: number): void {
    const busy = new Set(this.inFlight.flat().map(claimOf));
    const taken = this.buffer.take(maxCount, 1_000_000);
    expect(taken.length).toBeLessThanOrEqual(maxCount);
    for (const entry of taken) {
      expect(busy).not.toContain(claimOf(entry));
      expect(numberOf(entry.update)).toBe(this.made.get(claimOf(entry)));
      expect(numberOf(entry.update)).toBeGreaterThan(this.confirmed.get(claimOf(entry)) ?? 0);
    }
    if (taken.length > 0) this.inFlight.push(taken);
  }

  confirm(which: number): void {
    const [batch] = this.inFlight.splice(which % (this.inFlight.length || 1), 1);
    this.buffer.confirm(batch ?? []);
    for (const entry of batch ?? []) this.confirmed.set(claimOf(entry), numberOf(entry.update));
  }

  restore(which: number): void {
    const [batch] = this.inFlight.splice(which % (this.inFlight.length || 1), 1);
    this.buffer.restore(batch ?? []);
  }

  /** The newest update of each claim that has an unconfirmed one, and nothing else. */
  check(): void {
    const open = [...this.made].filter(([claim, n]) => this.confirmed.get(claim) !== n);
    const unconfirmed = [...this.buffer.unconfirmed()];
    expect(new Map(unconfirmed.map((update) => [update.lease_id, numberOf(update)]))).toEqual(new Map(open));
    expect(unconfirmed).toHaveLength(open.length);
    expect(this.buffer.size).toBe(open.length);
    expect(this.buffer.isEmpty).toBe(open.length === 0);
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), n: fc.nat(CLAIMS - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), n: fc.integer({ min: 1, max: CLAIMS }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('confirm' as const, 'restore' as const), n: fc.nat(5) }) },
);

it('an update buffer behaves like its model in any order of reports, sends, confirms and refusals', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new Model();
      for (const { kind, n } of steps) {
        model[kind](n);
        model.check();
      }
      while (!model.buffer.isEmpty) {
        model.take(CLAIMS);
        model.confirm(0);
      }
      expect(model.confirmed).toEqual(model.made);
      expect(model.receipts.every((confirmed) => confirmed === 1)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
