import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/**
 * A loopback TCP proxy before an engine, for tests of what a lost, slow or silent network does. It knows no protocol: a
 * request is what a client has written at once.
 */
export type TcpProxy = Awaited<ReturnType<typeof createTcpProxy>>;

/** What a proxy that knows the engine's protocol does with one connection. */
export interface ConnectionFilter {
  /** Called with what the client writes. */
  see(request: Buffer): void;
  /** What the client is given in place of the engine's bytes; may be empty. */
  alter(reply: Buffer): Buffer;
}

/**
 * What becomes of a request: `reply` is given in the engine's place, or with `arrives` instead of the engine's (the
 * next chunk of it); with `afterMs` it arrives that many milliseconds later, with `after` when that resolves.
 */
export type Interception = { reply: Buffer; arrives?: boolean } | { afterMs: number } | { after: Promise<unknown> };

interface Pair {
  client: Socket;
  upstream: Socket;
  replies: Transform;
  /** Called instead of passing on the next reply. */
  takeReply: (() => void) | undefined;
}

interface Loss {
  text: string;
  what: 'request' | 'reply';
  done: () => void;
}

/** `createFilter` is called for each connection. */
export async function createTcpProxy(engineUrl: string, createFilter?: () => ConnectionFilter) {
  let engine = new URL(engineUrl);
  const pairs = new Set<Pair>();
  const losses: Loss[] = [];
  const counts: { text: string; count: number }[] = [];
  const interceptors: Parameters<TcpProxy['intercept']>[0][] = [];
  let isCut = false;
  let holding = false;
  let delayMs = 0;

  /** Milliseconds after which the request is passed on to the engine; undefined where it must not. */
  function take(pair: Pair, request: Buffer): number | undefined {
    for (const each of counts) if (request.includes(each.text)) each.count++;
    const place = losses.findIndex(({ text }) => request.includes(text));
    const [loss] = place < 0 ? [] : losses.splice(place, 1);
    const cutPair = () => {
      end(pair);
      loss?.done();
    };
    if (loss?.what === 'request') cutPair();
    if (loss?.what === 'reply') pair.takeReply = cutPair;
    if (loss?.what === 'request') return undefined;
    const interception = intercepted(pair, request);
    if (!interception) return 0;
    if ('afterMs' in interception) return interception.afterMs;
    if ('after' in interception) {
      void interception.after.then(() => pair.upstream.write(request));
      return undefined;
    }
    const { reply, arrives } = interception;
    if (!arrives) {
      pair.client.write(reply);
      return undefined;
    }
    pair.takeReply = () => {
      pair.takeReply = undefined;
      pair.client.write(reply);
    };
    return 0;
  }

  function intercepted(pair: Pair, request: Buffer): Interception | undefined {
    for (const answer of interceptors) {
      const interception = answer(request, pair);
      if (interception) return interception;
    }
    return undefined;
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
    const pair: Pair = { client, upstream, replies: createReplies(), takeReply: undefined };
    pairs.add(pair);
    for (const socket of [client, upstream]) socket.on('error', () => end(pair)).on('close', () => end(pair));
    client.on('end', () => upstream.end());
    client.on('data', (request) => {
      filter?.see(request);
      const afterMs = take(pair, request);
      if (afterMs === undefined) return;
      if (afterMs > 0) setTimeout(() => upstream.write(request), afterMs);
      else if (!upstream.write(request)) {
        client.pause();
        upstream.once('drain', () => client.resume());
      }
    });
    pair.replies.pipe(client);
    if (!holding) upstream.pipe(pair.replies);

    function createReplies(): Transform {
      let last = Promise.resolve();
      return new Transform({
        transform(bytes: Buffer, _encoding, done) {
          const chunk = filter ? filter.alter(bytes) : bytes;
          if (pair.takeReply) {
            pair.takeReply();
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
    for (const pair of Array.from(pairs)) end(pair);
  }
  const lose = (what: Loss['what'], text: string) =>
    new Promise<void>((done) => {
      losses.push({ what, text, done });
    });

  return {
    /** The engine's URL by way of the proxy. */
    url: proxied.href,
    /** Cuts every connection and takes no new one until `restore`. */
    cut,
    restore(): void {
      isCut = false;
    },
    /** New connections go to this engine; those that are open stay with theirs. */
    redirect(url: string): void {
      engine = new URL(url);
    },
    /** Keeps back what the engine answers until `release`: requests arrive, replies do not. */
    holdReplies(): void {
      holding = true;
      for (const { replies, upstream } of pairs) upstream.unpipe(replies);
    },
    releaseReplies(): void {
      // A second pipe would double every reply.
      if (!holding) return;
      holding = false;
      for (const { replies, upstream } of pairs) upstream.pipe(replies);
    },
    /** From now on each reply arrives that many milliseconds later; 0 for at once. */
    delayReplies(ms: number): void {
      delayMs = ms;
    },
    /**
     * The next request that contains `text` arrives, its reply does not: the connection is cut when it comes. Resolves
     * then.
     */
    loseReply: (text: string): Promise<void> => lose('reply', text),
    /** The connection is cut at the next request that contains `text`, before it arrives. Resolves then. */
    loseRequest: (text: string): Promise<void> => lose('request', text),
    /** Counts the requests that contain `text`, from now on. */
    countRequests(text: string): { readonly count: number } {
      const counted = { text, count: 0 };
      counts.push(counted);
      return counted;
    },
    /**
     * Asks `answer` about each request, with an object that stands for its connection; where several intercept, the
     * first that gives something decides. Returns what ends it.
     */
    intercept(answer: (request: Buffer, connection: object) => Interception | undefined): () => void {
      interceptors.push(answer);
      return () => {
        const place = interceptors.indexOf(answer);
        if (place >= 0) interceptors.splice(place, 1);
      };
    },
    async close(): Promise<void> {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
