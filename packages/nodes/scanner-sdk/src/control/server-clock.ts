import { KNOWN_FOR_MS, type RepeatedControl } from '@cyberstroll/contracts';
import type { JobPlan } from '../scans/claim';

const WINDOW_MS = 30_000;

/**
 * The server's clock, and whether the node knows what may begin. Each `repeated` has the time of the server. It can
 * only arrive late, so the largest difference to the node's clock is the best one. Only the last 30 to 60 s count: so
 * the node follows a server clock that was set back. `now` is in milliseconds on a monotonic clock, since the wall
 * clock of a node may be wrong, and may jump. Pure.
 */
export class ServerClock {
  #listeningSince = Number.POSITIVE_INFINITY;
  /** Since the node listens, all that holds was repeated. */
  #isComplete = false;
  /** `server_time` of the last `repeated`. */
  #saidAt = Number.NEGATIVE_INFINITY;
  /** `jobs_since` of the last `repeated`. */
  #jobsSince = Number.NEGATIVE_INFINITY;
  #windowSince = Number.NEGATIVE_INFINITY;
  /** The largest difference in this window, and in the one before. */
  #aheadMs = Number.NEGATIVE_INFINITY;
  #aheadBeforeMs = Number.NEGATIVE_INFINITY;

  /** Control messages begin to arrive, or stop arriving. */
  noteListening(isListening: boolean, now: number): void {
    this.#listeningSince = isListening ? now : Number.POSITIVE_INFINITY;
    this.#isComplete = false;
  }

  noteRepeated({ within_ms, server_time, jobs_since }: Omit<RepeatedControl, 'state'>, now: number): void {
    if (now - this.#windowSince >= WINDOW_MS) {
      this.#windowSince = now;
      this.#aheadBeforeMs = this.#aheadMs;
      this.#aheadMs = Number.NEGATIVE_INFINITY;
    }
    this.#aheadMs = Math.max(this.#aheadMs, server_time - now);
    // A leader of before has spoken, which had been stalled: it may have lifted what a later one has said.
    if (server_time < this.#saidAt) this.noteListening(this.#listeningSince <= now, now);
    this.#saidAt = server_time;
    this.#jobsSince = jobs_since ?? Number.NEGATIVE_INFINITY;
    // By its own time: a late message may be of the time before the node listened.
    const lateMs = this.#toServerTime(now) - server_time;
    if (now - lateMs - within_ms >= this.#listeningSince) this.#isComplete = true;
  }

  /** Whether the node knows everything that must not begin now. If not, nothing may begin. */
  knowsRules(now: number): boolean {
    return this.#isComplete && this.#toServerTime(now) < this.#saidAt + KNOWN_FOR_MS;
  }

  /** Whether this time, in milliseconds since 1970, has come for the server. */
  hasCome(serverTime: number, now: number): boolean {
    return this.#toServerTime(now) >= serverTime;
  }

  /** Whether nothing of a job may begin any more. */
  isOver({ notAfter, rulesTime }: Pick<JobPlan, 'notAfter' | 'rulesTime'>, now: number): boolean {
    return this.hasCome(notAfter, now) || rulesTime < this.#jobsSince;
  }

  #toServerTime(now: number): number {
    return now + Math.max(this.#aheadMs, this.#aheadBeforeMs);
  }
}
