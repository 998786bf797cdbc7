import { createTcpProxy } from './tcp-proxy';

export type AmqpProxy = Awaited<ReturnType<typeof createAmqpProxy>>;

/** Class and method, as the specification numbers them. */
const METHODS = {
  'channel.open': [20, 10],
  'queue.declare': [50, 10],
  'queue.bind': [50, 20],
  'basic.consume': [60, 20],
} as const;
const DECLARE_OK = [50, 11] as const;

const METHOD_FRAME = 1;
/** Type, channel and length of the payload. */
const HEADER_BYTES = 7;
/** A method's payload: class, method, and its arguments from here on. */
const ARGUMENTS_AT = HEADER_BYTES + 4;

/** A TCP proxy before RabbitMQ that reads the frames of AMQP 0-9-1. */
export async function createAmqpProxy(rabbitmqUrl: string) {
  const counts: { method: readonly [number, number]; count: number }[] = [];
  let hidden = false;

  const proxy = await createTcpProxy(rabbitmqUrl, () => {
    const ofClient = createFrameCutter();
    const ofServer = createFrameCutter();
    return {
      see(request) {
        for (const frame of ofClient(request)) {
          for (const each of counts) if (isMethod(frame, each.method)) each.count++;
        }
      },
      alter: (reply) => Buffer.concat(ofServer(reply).map((frame) => (hidden ? hideDepth(frame) : frame))),
    };
  });

  return {
    ...proxy,
    /**
     * From now on every declaration of a queue is answered with 0 messages and 0 consumers, whatever is in it: what
     * RabbitMQ says of a quorum queue whose leader does not answer within 250 ms.
     */
    hideDepths(): void {
      hidden = true;
    },
    showDepths(): void {
      hidden = false;
    },
    /** Counts the methods of one kind that clients send, from now on. */
    countMethods(name: keyof typeof METHODS): { readonly count: number } {
      const counted = { method: METHODS[name], count: 0 };
      counts.push(counted);
      return counted;
    },
  };
}

/** Gives the frames that are whole, and keeps the rest for the next bytes. */
function createFrameCutter(): (bytes: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const frames: Buffer[] = [];
    while (rest.length > HEADER_BYTES) {
      // A client greets with `AMQP` and the version.
      const isGreeting = rest.toString('latin1', 0, 4) === 'AMQP';
      const length = isGreeting ? 8 : HEADER_BYTES + rest.readUInt32BE(3) + 1;
      if (rest.length < length) break;
      frames.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return frames;
  };
}

const isMethod = (frame: Buffer, [classId, methodId]: readonly [number, number]): boolean =>
  frame[0] === METHOD_FRAME &&
  frame.readUInt16BE(HEADER_BYTES) === classId &&
  frame.readUInt16BE(HEADER_BYTES + 2) === methodId;

/** A `queue.declare-ok` bears the queue's name with its length before it, then the messages, then the consumers. */
function hideDepth(frame: Buffer): Buffer {
  if (!isMethod(frame, DECLARE_OK)) return frame;
  const countsAt = ARGUMENTS_AT + 1 + frame[ARGUMENTS_AT]!;
  return Buffer.from(frame).fill(0, countsAt, countsAt + 8);
}
