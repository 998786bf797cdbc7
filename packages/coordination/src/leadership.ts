import type { Leadership } from '@cyberstroll/runtime';
import type { LeaseStore } from '@cyberstroll/store';

/** Replicas that stand by ask once a second, so a dead leader is replaced within 10 s. */
const LEADER_TTL_MS = 7_000;
/** Long enough that the lease ends and a replica that stands by takes it. */
const STAND_BACK_MS = 3 * LEADER_TTL_MS;

/**
 * The leadership of sweeps that have one lease together, because they need the same to work: the replica that has it
 * runs all of them. One whose pass does not end makes this replica stand back: the lease runs out, and another replica
 * leads. If none takes it, this replica continues to lead, since one sweep must not stop the others.
 */
export function createLeadership(
  leases: Pick<LeaseStore, 'keep' | 'releaseAll'>,
  name: string,
  now: () => number = () => performance.now(),
) {
  const lease = `leader:${name}`;
  let joined = 0;
  let backAtMs = Number.NEGATIVE_INFINITY;
  return {
    /** The leadership for one more sweep. The lease is released once every sweep has released its own. */
    join(): Leadership {
      joined++;
      return {
        isLeader: async () => now() >= backAtMs && leases.keep(lease, LEADER_TTL_MS),
        standBack() {
          backAtMs = now() + STAND_BACK_MS;
        },
        async release() {
          joined--;
          if (joined === 0) await leases.releaseAll([lease]);
        },
      };
    },
  };
}
