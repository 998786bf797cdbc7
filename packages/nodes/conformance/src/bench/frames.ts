/** The frames of AMQP 0-9-1, as far as the tap reads them. */

/** Type, channel and length of the payload. */
const HEADER_BYTES = 7;

/** Class and method, as the specification numbers them: `60.80`. */
export const METHODS = {
  '10.31': 'tune-ok',
  '10.50': 'connection-close',
  '20.40': 'channel-close',
  '60.40': 'publish',
  '60.50': 'return',
  '60.60': 'deliver',
  '60.80': 'ack',
  '60.90': 'reject',
  '60.120': 'nack',
  '85.10': 'confirm-select',
} as const;
export type Method = (typeof METHODS)[keyof typeof METHODS];

export interface AmqpFrame {
  bytes: Buffer;
  channel: number;
  kind: 'method' | 'header' | 'body' | 'other';
  method?: Method;
  payload: Buffer;
}

const KINDS: Record<number, AmqpFrame['kind']> = { 1: 'method', 2: 'header', 3: 'body' };

/** Gives the frames that are whole, and keeps the rest for the next bytes. */
export function createFrameCutter(): (bytes: Buffer) => AmqpFrame[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const frames: AmqpFrame[] = [];
    while (rest.length > HEADER_BYTES) {
      // A client greets with `AMQP` and the version.
      const isGreeting = rest.toString('latin1', 0, 4) === 'AMQP';
      const length = isGreeting ? 8 : HEADER_BYTES + rest.readUInt32BE(3) + 1;
      if (rest.length < length) break;
      frames.push(isGreeting ? toGreeting(rest.subarray(0, length)) : toFrame(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    return frames;
  };
}

const toGreeting = (bytes: Buffer): AmqpFrame => ({ bytes, channel: 0, kind: 'other', payload: bytes });

function toFrame(bytes: Buffer): AmqpFrame {
  const payload = bytes.subarray(HEADER_BYTES, -1);
  const kind = KINDS[bytes[0]!] ?? 'other';
  const frame: AmqpFrame = { bytes, channel: bytes.readUInt16BE(1), kind, payload };
  if (kind !== 'method') return frame;
  const number = `${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}` as keyof typeof METHODS;
  return { ...frame, method: METHODS[number], payload: payload.subarray(4) };
}

/** Reads the arguments of a method one after another. */
export function createReader(payload: Buffer) {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return payload.subarray(at - length, at);
  };
  return {
    octet: () => take(1)[0]!,
    short: () => take(2).readUInt16BE(0),
    long: () => take(4).readUInt32BE(0),
    tag: () => Number(take(8).readBigUInt64BE(0)),
    text: () => take(take(1)[0]!).toString('utf8'),
  };
}

/** Size of the body and delivery mode, from a content header. */
export function readContentHeader(payload: Buffer): { size: number; persistent: boolean } {
  const size = Number(payload.readBigUInt64BE(4));
  const flags = payload.readUInt16BE(12);
  let at = 14;
  if (flags & 0x8000) at += 1 + payload[at]!;
  if (flags & 0x4000) at += 1 + payload[at]!;
  if (flags & 0x2000) at += 4 + payload.readUInt32BE(at);
  return { size, persistent: Boolean(flags & 0x1000) && payload[at] === 2 };
}
