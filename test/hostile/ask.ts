import { connect } from 'node:net';

export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
}

/** Longer than any limit of the services. */
const GIVE_UP_MS = 120_000;

/** Sends the bytes as they are and reads one answer: what no HTTP client would send goes through, too. */
export function ask(port: number, bytes: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(GIVE_UP_MS, () => socket.destroy());
    const settle = () => {
      const answer = parseAnswer(Buffer.concat(chunks).toString('utf8'));
      if (!answer) return false;
      socket.destroy();
      resolve(answer);
      return true;
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      settle();
    });
    // A server that cuts a sender off may reset what it has not read: what it has said by then counts.
    for (const event of ['close', 'error'] as const) {
      socket.on(event, () => {
        if (!settle()) reject(new Error(`no answer, but "${Buffer.concat(chunks).toString('utf8').slice(0, 200)}"`));
      });
    }
  });
}

function parseAnswer(text: string): Answer | undefined {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  if (status === 100) return parseAnswer(rest.join('\r\n\r\n'));
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = rest.join('\r\n\r\n');
  const isWhole = rest.length > 0 && Buffer.byteLength(body) >= Number(headers['content-length'] ?? 0);
  return isWhole ? { status, headers, body } : undefined;
}
