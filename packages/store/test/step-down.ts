/**
 * A stand-in for the election of a replica set, which a single server cannot have: a primary that steps down refuses what
 * it is asked with NotWritablePrimary (10107) and the error labels that a server gives, then nobody can be reached for a while, then
 * the next primary is there. What it does not show: writes that the former primary had taken and the next one has not (a
 * majority commit is never among them), and a driver that finds another host.
 */
import type { TcpProxy } from '@cyberstroll/testkit';
import { mongo } from 'mongoose';

const OP_MSG = 2013;
const HEADER_BYTES = 16;

export interface StepDown {
  /** Requests that were refused. */
  readonly refused: number;
  /** From refusing to being out of reach. */
  vanish(): void;
  /** The next primary is there. */
  end(): void;
}

export function stepDown(proxy: TcpProxy): StepDown {
  let refused = 0;
  proxy.intercept((request) => {
    if (request.readInt32LE(12) !== OP_MSG || request.includes('hello')) return undefined;
    refused++;
    return toRefusal(request);
  });
  return {
    get refused() {
      return refused;
    },
    vanish() {
      proxy.intercept(undefined);
      proxy.cut();
    },
    end() {
      proxy.intercept(undefined);
      proxy.restore();
    },
  };
}

function toRefusal(request: Buffer): Buffer {
  const body = mongo.BSON.serialize({
    ok: 0,
    errmsg: 'not primary',
    code: 10_107,
    codeName: 'NotWritablePrimary',
    errorLabels: toLabels(request),
  });
  const flagsAndKind = Buffer.alloc(5);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + flagsAndKind.length + body.length, 0);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([header, flagsAndKind, body]);
}

function toLabels(request: Buffer): string[] {
  if (request.includes('commitTransaction') || request.includes('abortTransaction')) return ['RetryableWriteError'];
  if (request.includes('autocommit')) return ['TransientTransactionError'];
  return request.includes('txnNumber') ? ['RetryableWriteError'] : [];
}
