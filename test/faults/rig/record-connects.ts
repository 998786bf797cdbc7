/**
 * Loaded before a node whose scans are counted. It writes down each connection: to where, by which local port, and
 * since when its turn of the event loop ran, in which it was decided. With CLOCK_AHEAD_MS the wall clock of the process
 * is wrong by as much.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

const { CONNECT_RECORDS, INSTANCE_ID, CLOCK_AHEAD_MS = '0' } = process.env;
const TURN_MS = 10;
const file = join(CONNECT_RECORDS!, `${INSTANCE_ID}-${process.pid}.jsonl`);

/** A line of the record. `begun`: milliseconds since 1970, by the right clock. */
export interface ConnectRecord {
  address: string;
  port: number;
  begun: number;
}

/** Of the machine: this process started at `timeOrigin`. */
const now = () => performance.timeOrigin + performance.now();
let turned = now();
setInterval(() => {
  turned = now();
}, TURN_MS).unref();

const { connect } = Socket.prototype;
Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
  const begun = turned;
  this.once('connect', () => {
    const { remoteAddress: address = '', localPort: port = 0 } = this;
    if (address.startsWith('127.119.')) appendFileSync(file, `${JSON.stringify({ address, port, begun })}\n`);
  });
  return (connect as (...all: unknown[]) => Socket).apply(this, given);
} as typeof connect;

const ahead = Number(CLOCK_AHEAD_MS);
if (ahead !== 0) {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...given: unknown[]) {
      super(...((given.length === 0 ? [RightDate.now() + ahead] : given) as [number]));
    }
    static override now = () => RightDate.now() + ahead;
  } as DateConstructor;
}
