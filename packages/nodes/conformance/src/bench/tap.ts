/**
 * A TCP proxy between the node and RabbitMQ that reads what both say: it knows what was published, confirmed, returned,
 * delivered and acked, and in which order, whatever library the node uses. It can cut the node off, hold its traffic,
 * and lose its acks.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type BrokerRefusal, readRefusal } from './broker-refusal';
import { type AmqpFrame, createFrameCutter, createReader, readContentHeader } from './frames';

export interface Publish {
  at: number;
  connection: number;
  exchange: string;
  mandatory: boolean;
  persistent: boolean;
  /** Whether its channel has confirms. */
  confirms: boolean;
  body: Buffer;
  /** The place of the broker's confirm among all that was seen. */
  confirmed?: number;
  returned?: true;
}

export interface JobDelivery {
  at: number;
  connection: number;
  queueKey: string;
  redelivered: boolean;
  body: Buffer;
  /** How the node settled it, and its place among all that was seen. */
  settled?: { how: 'ack' | 'requeue' | 'discard'; order: number; at: number };
}

export type Tap = Awaited<ReturnType<typeof createTap>>;

interface Channel {
  sequence?: number;
  unconfirmed: Map<number, Publish>;
  unsettled: Map<number, JobDelivery>;
}

export async function createTap(brokerUrl: string) {
  const target = new URL(brokerUrl);
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let isCut = false;
  let isStalled = false;
  let order = 0;
  let connections = 0;
  let connectedAt = 0;

  const server: Server = createServer((client) => {
    if (isCut) return void client.resetAndDestroy();
    const broker = connect(Number(target.port || 5672), target.hostname);
    connectedAt = Date.now();
    const seen = createConversation(++connections);
    const pass = (from: Socket, to: Socket, see: (frame: AmqpFrame, at: number) => boolean) => {
      const cutFrames = createFrameCutter();
      from.on('data', (bytes) => {
        const at = Date.now();
        const forward = () => {
          const kept = cutFrames(bytes).filter((frame) => see(frame, at));
          if (!to.destroyed && kept.length > 0) to.write(Buffer.concat(kept.map((frame) => frame.bytes)));
        };
        if (isStalled) held.push(forward);
        else forward();
      });
      from.on('error', () => {});
      from.on('close', () => to.destroySoon());
      sockets.add(from);
      from.on('close', () => sockets.delete(from));
    };
    client.setNoDelay(true);
    broker.setNoDelay(true);
    pass(client, broker, seen.fromNode);
    pass(broker, client, seen.fromBroker);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(brokerUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);

  /** Follows one connection. Each side's function says whether a frame may pass. */
  function createConversation(connection: number) {
    const channels = new Map<number, Channel>();
    const toChannel = (number: number): Channel => {
      const channel = channels.get(number) ?? { unconfirmed: new Map(), unsettled: new Map() };
      channels.set(number, channel);
      return channel;
    };
    const createAssembler = () => new Map<number, { size: number; parts: Buffer[]; done(body: Buffer): void }>();
    const fromNodeContents = createAssembler();
    const fromBrokerContents = createAssembler();
    const assemble = (
      contents: ReturnType<typeof createAssembler>,
      frame: AmqpFrame,
      onHeader: (p: boolean) => void,
    ) => {
      const content = contents.get(frame.channel);
      if (!content) return;
      if (frame.kind === 'header') {
        const { size, persistent } = readContentHeader(frame.payload);
        content.size = size;
        onHeader(persistent);
      } else content.parts.push(frame.payload);
      const length = content.parts.reduce((sum, part) => sum + part.length, 0);
      if (length < content.size) return;
      contents.delete(frame.channel);
      content.done(Buffer.concat(content.parts));
    };
    const settle = <T>(entries: Map<number, T>, tag: number, multiple: boolean, act: (entry: T) => void) => {
      for (const [each, entry] of entries) {
        if (each !== tag && !(multiple && (tag === 0 || each < tag))) continue;
        entries.delete(each);
        act(entry);
      }
    };
    const pending = new Map<number, Publish>();

    return {
      fromNode(frame: AmqpFrame, at: number): boolean {
        const channel = toChannel(frame.channel);
        const reader = createReader(frame.payload);
        if (frame.method === 'tune-ok') {
          reader.short();
          reader.long();
          tap.amqpHeartbeats.push(reader.short());
        } else if (frame.method === 'confirm-select') channel.sequence ??= 0;
        else if (frame.method === 'publish') {
          reader.short();
          const exchange = reader.text();
          reader.text();
          const mandatory = Boolean(reader.octet() & 1);
          const confirms = channel.sequence !== undefined;
          const publish: Publish = {
            at,
            connection,
            exchange,
            mandatory,
            persistent: false,
            confirms,
            body: Buffer.alloc(0),
          };
          pending.set(frame.channel, publish);
          const done = (body: Buffer) => {
            publish.body = body;
            tap.publishes.push(publish);
            order++;
            if (channel.sequence !== undefined) channel.unconfirmed.set(++channel.sequence, publish);
          };
          fromNodeContents.set(frame.channel, { size: Number.POSITIVE_INFINITY, parts: [], done });
        } else if (frame.method === 'ack' || frame.method === 'nack' || frame.method === 'reject') {
          if (frame.method === 'ack' && tap.losesAcks) return false;
          const tag = reader.tag();
          const bits = reader.octet();
          const multiple = frame.method !== 'reject' && Boolean(bits & 1);
          const requeues = Boolean(bits & (frame.method === 'nack' ? 2 : 1));
          const how = frame.method === 'ack' ? 'ack' : requeues ? 'requeue' : 'discard';
          const settled = { how, order: ++order, at } as const;
          settle(channel.unsettled, tag, multiple, (delivery) => {
            delivery.settled = settled;
          });
        } else if (frame.kind === 'header' || frame.kind === 'body') {
          assemble(fromNodeContents, frame, (persistent) => {
            pending.get(frame.channel)!.persistent = persistent;
          });
        }
        return true;
      },
      fromBroker(frame: AmqpFrame, at: number): boolean {
        const channel = toChannel(frame.channel);
        const reader = createReader(frame.payload);
        if (frame.method === 'deliver') {
          reader.text();
          const tag = reader.tag();
          const redelivered = reader.octet() === 1;
          const exchange = reader.text();
          const queueKey = `${exchange} ${reader.text()}`;
          const done = (body: Buffer) => {
            const delivery: JobDelivery = { at, connection, queueKey, redelivered, body };
            channel.unsettled.set(tag, delivery);
            tap.deliveries.push(delivery);
            order++;
          };
          fromBrokerContents.set(frame.channel, { size: Number.POSITIVE_INFINITY, parts: [], done });
        } else if (frame.method === 'return') {
          const done = (body: Buffer) => {
            const returned = [...channel.unconfirmed.values()].find((publish) => publish.body.equals(body));
            if (returned) returned.returned = true;
          };
          fromBrokerContents.set(frame.channel, { size: Number.POSITIVE_INFINITY, parts: [], done });
        } else if (frame.method === 'channel-close' || frame.method === 'connection-close') {
          tap.refusals.push(readRefusal(frame.payload));
        } else if (frame.method === 'ack') {
          const tag = reader.tag();
          const multiple = Boolean(reader.octet() & 1);
          const place = ++order;
          settle(channel.unconfirmed, tag, multiple, (publish) => {
            if (!publish.returned) publish.confirmed = place;
          });
        } else if (frame.kind === 'header' || frame.kind === 'body') assemble(fromBrokerContents, frame, () => {});
        return true;
      },
    };
  }

  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const tap = {
    url: url.href,
    publishes: [] as Publish[],
    deliveries: [] as JobDelivery[],
    /** What the broker refused the node, in its order. */
    refusals: [] as BrokerRefusal[],
    /** Seconds of the AMQP heartbeat that each connection agreed on. */
    amqpHeartbeats: [] as number[],
    /** Connections of the node since the start. */
    get connections() {
      return connections;
    },
    /** When the last of them began. */
    get connectedAt() {
      return connectedAt;
    },
    /** Closes what is open and refuses what comes, until `restore`. */
    cut(): void {
      isCut = true;
      destroyAll();
    },
    restore(): void {
      isCut = false;
    },
    /** Keeps every byte in both directions, until `resume`. */
    stall(): void {
      isStalled = true;
    },
    resume(): void {
      isStalled = false;
      for (const forward of held.splice(0)) forward();
    },
    /** Whether acks of the node are lost on the way. */
    losesAcks: false,
    async close(): Promise<void> {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return tap;
}
