import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * A loopback TCP proxy before an engine, for tests of what a lost, slow or silent network does. It knows no protocol: a
 * request is what a client has written at once.
 */
export interface TcpProxy {
  /** The engine's URL by way of the proxy. */
  url: string;
  /** Cuts every connection and takes no new one until `restore`. */
  cut(): void;
  restore(): void;
  /** New connections go to this engine; those that are open stay with theirs. */
  redirect(engineUrl: string): void;
  /** Keeps back what the engine answers until `release`: requests arrive, replies do not. */
  holdReplies(): void;
  releaseReplies(): void;
  /** From now on each reply arrives so many milliseconds later; 0 for at once. */
  delayReplies(ms: number): void;
  /** The next request that contains `text` arrives, its reply does not: the connection is cut when it comes. Resolves then. */
  loseReply(text: string): Promise<void>;
  /** The connection is cut at the next request that contains `text`, before it arrives. Resolves then. */
  loseRequest(text: string): Promise<void>;
  /** Counts the requests that contain `text`, from now on. */
  countRequests(text: string): { readonly count: number };
  /** Answers requests in the engine's place where `answer` gives something. */
  intercept(answer: ((request: Buffer) => Buffer | undefined) | undefined): void;
  close(): Promise<void>;
}

/** What a proxy that knows the engine's protocol does with one connection. */
export interface ConnectionFilter {
  /** Called with what the client writes. */
  see(request: Buffer): void;
  /** What the client is given in place of the engine's bytes; may be empty. */
  alter(reply: Buffer): Buffer;
}

interface Pair {
  client: Socket;
  upstream: Socket;
  replies: Transform;
  /** Called instead of passing on the next reply. */
  loseReply?: () => void;
}

interface Loss {
  text: string;
  what: 'request' | 'reply';
  done: () => void;
}

/** `createFilter` is called for each connection. */
export async function createTcpProxy(engineUrl: string, createFilter?: () => ConnectionFilter): Promise<TcpProxy> {
  let engine = new URL(engineUrl);
  const pairs = new Set<Pair>();
  const losses: Loss[] = [];
  const counts: { text: string; count: number }[] = [];
  let answer: ((request: Buffer) => Buffer | undefined) | undefined;
  let isCut = false;
  let holding = false;
  let delayMs = 0;

  /** False where the request must not go on to the engine. */
  function take(pair: Pair, request: Buffer): boolean {
    for (const each of counts) if (request.includes(each.text)) each.count++;
    const place = losses.findIndex(({ text }) => request.includes(text));
    const [loss] = place < 0 ? [] : losses.splice(place, 1);
    const cutPair = () => {
      end(pair);
      loss?.done();
    };
    if (loss?.what === 'request') cutPair();
    if (loss?.what === 'reply') pair.loseReply = cutPair;
    const answered = answer?.(request);
    if (answered) pair.client.write(answered);
    return loss?.what !== 'request' && !answered;
  }

  function end(pair: Pair) {
    pairs.delete(pair);
    pair.client.destroy();
    pair.upstream.destroy();
  }

  function accept(client: Socket): void {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(engine.port), engine.hostname);
    const filter = createFilter?.();
    const pair: Pair = { client, upstream, replies: createReplies() };
    pairs.add(pair);
    for (const socket of [client, upstream]) socket.on('error', () => end(pair)).on('close', () => end(pair));
    client.on('end', () => upstream.end());
    client.on('data', (request) => {
      filter?.see(request);
      if (!take(pair, request) || upstream.write(request)) return;
      client.pause();
      upstream.once('drain', () => client.resume());
    });
    pair.replies.pipe(client);
    if (!holding) upstream.pipe(pair.replies);

    function createReplies(): Transform {
      let last = Promise.resolve();
      return new Transform({
        transform(bytes: Buffer, _encoding, done) {
          const chunk = filter ? filter.alter(bytes) : bytes;
          if (pair.loseReply) {
            pair.loseReply();
            return done();
          }
          // One after the other, and each its time after it came.
          const due = delayMs > 0 ? new Promise((resolve) => setTimeout(resolve, delayMs)) : undefined;
          last = last.then(() => due).then(() => void this.push(chunk));
          return done();
        },
      });
    }
  }

  const server = createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(engineUrl);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port);

  function cut() {
    isCut = true;
    for (const pair of [...pairs]) end(pair);
  }
  const lose = (what: Loss['what'], text: string) =>
    new Promise<void>((done) => {
      losses.push({ what, text, done });
    });

  return {
    url: proxied.href,
    cut,
    restore() {
      isCut = false;
    },
    redirect(url) {
      engine = new URL(url);
    },
    holdReplies() {
      holding = true;
      for (const { replies, upstream } of pairs) upstream.unpipe(replies);
    },
    releaseReplies() {
      // A second pipe would double every reply.
      if (!holding) return;
      holding = false;
      for (const { replies, upstream } of pairs) upstream.pipe(replies);
    },
    delayReplies(ms) {
      delayMs = ms;
    },
    loseReply: (text) => lose('reply', text),
    loseRequest: (text) => lose('request', text),
    countRequests(text) {
      const counted = { text, count: 0 };
      counts.push(counted);
      return counted;
    },
    intercept(respond) {
      answer = respond;
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
