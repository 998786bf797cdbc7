/**
 * A stand-in for the election of a replica set, which a single server cannot have: a primary that steps down refuses
 * what it is asked with NotWritablePrimary (10107) and the error labels that a server gives, then nobody can be
 * reached for a while, then the next primary is there. What it does not show: writes that the former primary had taken
 * and the next one has not (a majority commit is never among them), and a driver that finds another host.
 */
import { forgeReply, type MongoCommand, type TcpProxy } from '@cyberstroll/testkit';

export interface StepDown {
  /** Requests that were refused. */
  readonly refused: number;
  /** From refusing to being out of reach. */
  vanish(): void;
  /** The next primary is there. */
  end(): void;
}

export function stepDown(proxy: TcpProxy): StepDown {
  const refusal = forgeReply(proxy, { code: 10_107, codeName: 'NotWritablePrimary', labels: toLabels });
  return {
    get refused() {
      return refusal.answered.length;
    },
    vanish() {
      refusal.end();
      proxy.cut();
    },
    end() {
      refusal.end();
      proxy.restore();
    },
  };
}

/** As a server labels it. */
function toLabels({ name, inTransaction, isRetryable }: MongoCommand): string[] {
  if (name === 'commitTransaction' || name === 'abortTransaction') return ['RetryableWriteError'];
  if (inTransaction) return ['TransientTransactionError'];
  return isRetryable ? ['RetryableWriteError'] : [];
}
