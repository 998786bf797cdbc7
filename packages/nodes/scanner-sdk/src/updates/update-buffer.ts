import type { SubTaskUpdate } from '@cyberstroll/contracts';
import type { Receipt } from '../signals';

/** The newest unsent update of a claim, and the receipts that wait for its confirm. */
export interface Entry {
  update: SubTaskUpdate;
  receipts: Receipt[];
}

/**
 * Updates on their way to the broker, by claim (its lease). Updates are cumulative, so only the newest unsent one of a
 * claim is kept. While an update of a claim is unconfirmed, the next one is held back, so that none overtakes another.
 * Pure.
 */
export class UpdateBuffer {
  readonly #ready = new Map<string, Entry>();
  readonly #held = new Map<string, Entry>();
  readonly #sent = new Map<string, Entry>();

  /** Updates that can be sent now. */
  get readyCount(): number {
    return this.#ready.size;
  }

  get isEmpty(): boolean {
    return this.#ready.size === 0 && this.#sent.size === 0;
  }

  /** Claims with an unconfirmed update. */
  get size(): number {
    return this.#ready.size + this.#sent.size;
  }

  add(update: SubTaskUpdate, receipt?: Receipt): void {
    const lease = leaseOf(update);
    const into = this.#sent.has(lease) ? this.#held : this.#ready;
    const entry = into.get(lease);
    if (entry) entry.update = update;
    else into.set(lease, { update, receipts: [] });
    if (receipt) into.get(lease)!.receipts.push(receipt);
  }

  /** The oldest ready entries: at least one, within `maxCount` and `maxBytes`. From here on they count as sent. */
  take(maxCount: number, maxBytes: number): Entry[] {
    const taken: Entry[] = [];
    let bytes = 0;
    for (const [lease, entry] of this.#ready) {
      bytes += boundBytes(entry.update);
      if (taken.length > 0 && (taken.length >= maxCount || bytes > maxBytes)) break;
      taken.push(entry);
      this.#ready.delete(lease);
      this.#sent.set(lease, entry);
    }
    return taken;
  }

  confirm(entries: readonly Entry[]): void {
    for (const { update, receipts } of entries) {
      const lease = leaseOf(update);
      this.#sent.delete(lease);
      this.#release(lease);
      for (const receipt of receipts) receipt.confirm();
    }
  }

  /** Puts back the entries that could not be sent. A newer update of the same claim replaces the old one. */
  restore(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const lease = leaseOf(entry.update);
      this.#sent.delete(lease);
      const newer = this.#held.get(lease);
      this.#held.delete(lease);
      const update = newer?.update ?? entry.update;
      this.#ready.set(lease, { update, receipts: [...entry.receipts, ...(newer?.receipts ?? [])] });
    }
  }

  /** The newest update of each claim that has an unconfirmed one. */
  *unconfirmed(): Generator<SubTaskUpdate> {
    for (const entry of this.#ready.values()) yield entry.update;
    for (const [lease, entry] of this.#sent) yield (this.#held.get(lease) ?? entry).update;
  }

  #release(lease: string) {
    const next = this.#held.get(lease);
    if (!next) return;
    this.#held.delete(lease);
    this.#ready.set(lease, next);
  }
}

const leaseOf = (update: SubTaskUpdate): string => update.lease_id!;

/** A control character takes six bytes in JSON; no character takes more. */
const MAX_CHARACTER_BYTES = 6;

/** An upper bound of an update's length as JSON. The largest update that the contract allows fits into a message. */
function boundBytes({ scan_result, error_info }: SubTaskUpdate): number {
  let bytes = 600 + (error_info?.error_message.length ?? 0) * MAX_CHARACTER_BYTES;
  if (scan_result) {
    const { open_ports, services, ports, hostnames, findings } = scan_result;
    bytes += open_ports.length * '65535,'.length;
    if (ports || hostnames || findings) bytes += Buffer.byteLength(JSON.stringify([ports, hostnames, findings]));
    for (const service of services) bytes += service.length * MAX_CHARACTER_BYTES + '"",'.length;
  }
  return bytes;
}
