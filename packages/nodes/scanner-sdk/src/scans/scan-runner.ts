import { setMaxListeners } from 'node:events';
import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { isoNow } from '../iso-now';
import { type Claim, toErrorUpdate, toFailedUpdate, toOpenUpdate, toResultUpdate } from './claim';
import type { ClaimBoard } from './claim-board';
import type { RunClock } from './run-clock';
import { type ScanAbortCode, ScanAbortedError } from './scan-errors';
import type { ScanFunction } from './scan-function';

export type ScanRunner = ReturnType<typeof createScanRunner>;

/**
 * Runs the claimed scans, `capacity` at once, in order of arrival. A claim that leaves the board has been reported,
 * unless it was dropped. A slot is free as soon as its scan is reported: a scan that ignores its signal keeps running,
 * and its result is ignored.
 */
export function createScanRunner({
  board,
  capacity,
  scan,
  clock,
  mayStart,
  portsOf = ({ ip, plan }) => plan.excluded.portsLeft(ip, plan.ports),
  report,
  onFreed,
}: {
  board: ClaimBoard;
  capacity: number;
  scan: ScanFunction;
  clock: RunClock;
  mayStart: (claim: Claim) => boolean;
  /** The ports of a claim that may be scanned now. Default: those that its job does not exclude. */
  portsOf?: (claim: Claim) => readonly number[];
  report: (update: SubTaskUpdate) => void;
  /** Called after a claim has left the board. */
  onFreed: () => void;
}) {
  const running = new Map<Claim, { signal: ScanSignal; stopTimer: () => void }>();
  let draining = false;
  let onEmpty: (() => void) | undefined;

  function pump() {
    while (!draining && running.size < capacity) {
      const claim = board.takeNext(mayStart);
      if (!claim) return;
      start(claim);
    }
  }

  function start(claim: Claim) {
    const signal = new ScanSignal();
    const { method, options, task_id, timeoutMs } = claim.plan;
    const ports = portsOf(claim);
    claim.ports = ports;
    const timeOut = () => {
      const message = `the scan did not end within ${timeoutMs / 1_000} s`;
      end(claim, toFailedUpdate(claim, 'SUBTASK_TIMEOUT', message));
      signal.abort('timed_out');
    };
    claim.started_time = isoNow();
    running.set(claim, { signal, stopTimer: clock.startTimer(timeoutMs, timeOut) });
    report(toOpenUpdate(claim));
    const { ip, subtask_id, attempt } = claim;
    const context = {
      clock,
      get signal() {
        return signal.signal;
      },
      progress: (percent: number) => {
        if (percent >= 0) claim.progress = Math.min(percent, 100);
      },
    };
    (async () =>
      scan(
        { ip, task_id, subtask_id, attempt, ports, method, ...(options && { options }), timeoutMs },
        context,
      ))().then(
      (result) => end(claim, () => toResultUpdate(claim, result)),
      (error: unknown) => end(claim, () => toErrorUpdate(claim, error)),
    );
  }

  function end(claim: Claim, last?: SubTaskUpdate | (() => SubTaskUpdate)) {
    const slot = running.get(claim);
    if (!slot) return;
    slot.stopTimer();
    running.delete(claim);
    leave(claim, typeof last === 'function' ? last() : last);
    pump();
    if (running.size === 0) onEmpty?.();
  }

  function leave(claim: Claim, last?: SubTaskUpdate) {
    board.remove(claim);
    if (last) report(last);
    onFreed();
  }

  /** The waiting claims come first: when all are given up, no freed slot may start one of them. */
  const listHeld = () => [...board.waiting(), ...running.keys()];

  function giveUp(claim: Claim, why: ScanAbortCode, last?: SubTaskUpdate) {
    const slot = running.get(claim);
    if (!slot) return leave(claim, last);
    end(claim, last);
    slot.signal.abort(why);
  }

  const toDrainingUpdate = (claim: Claim) => toFailedUpdate(claim, 'NODE_DRAINING', 'the node is stopping');

  return {
    get runningCount() {
      return running.size;
    },
    /** Starts waiting claims while slots are free. */
    pump,
    /** Gives up a claim, running or waiting, without an update. */
    drop: giveUp,
    /** Does the same for every claim that matches. Returns their number. */
    dropAll(isDropped: (claim: Claim) => boolean, why: ScanAbortCode): number {
      const dropped = listHeld().filter(isDropped);
      for (const claim of dropped) giveUp(claim, why);
      return dropped.length;
    },
    /** Gives up the claims that match, and hands them back: other attempts do them. Returns their number. */
    handBack(isReturned: (claim: Claim) => boolean, code: 'NODE_DRAINING' | 'TASK_HELD', message: string): number {
      const returned = listHeld().filter(isReturned);
      for (const claim of returned) giveUp(claim, 'draining', toFailedUpdate(claim, code, message));
      return returned.length;
    },
    /** The node's lease is over: gives up every claim and reports it as NODE_LOST. Returns their number. */
    giveUpAll(message: string): number {
      const held = listHeld();
      for (const claim of held) giveUp(claim, 'lease_lost', toFailedUpdate(claim, 'NODE_LOST', message));
      return held.length;
    },
    /** Starts nothing more, hands back the claims that wait, and after `timeoutMs` those that still run. */
    async drain(timeoutMs: number): Promise<void> {
      draining = true;
      for (const claim of board.waiting()) leave(claim, toDrainingUpdate(claim));
      if (running.size > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          onEmpty = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      for (const claim of Array.from(running.keys())) giveUp(claim, 'draining', toDrainingUpdate(claim));
    },
  };
}

/** A signal that is made when it is first read: it takes five times as long as the rest of a scan's start. */
class ScanSignal {
  #controller: AbortController | undefined;
  #aborted: ScanAbortCode | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // A scan has as many listeners as ports that it probes.
      setMaxListeners(0, this.#controller.signal);
      if (this.#aborted) this.#controller.abort(new ScanAbortedError(this.#aborted));
    }
    return this.#controller.signal;
  }

  abort(code: ScanAbortCode): void {
    this.#aborted ??= code;
    this.#controller?.abort(new ScanAbortedError(this.#aborted));
  }
}
