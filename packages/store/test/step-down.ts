/**
 * Simulates the election of a replica set, which a single server cannot have. A primary that steps down refuses
 * requests with NotWritablePrimary (10107) and the error labels that a server sets. Then no member can be reached for
 * a while. Then the next primary is there.
 *
 * It does not simulate writes that the former primary had accepted and the next one does not have (a majority commit
 * is never among them), nor a driver that finds another host.
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

/** The labels that a server sets on the error. */
function toLabels({ name, inTransaction, isRetryable }: MongoCommand): string[] {
  if (name === 'commitTransaction' || name === 'abortTransaction') return ['RetryableWriteError'];
  if (inTransaction) return ['TransientTransactionError'];
  return isRetryable ? ['RetryableWriteError'] : [];
}
