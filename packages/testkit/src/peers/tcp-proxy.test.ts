import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { eventually } from '../waiting/eventually';
import { createTcpProxy, type TcpProxy } from './tcp-proxy';

/** An engine that repeats each request, and remembers what came. */
const heard: string[] = [];
const engine = createServer((socket) =>
  socket
    .on('error', () => undefined)
    .on('data', (data) => {
      heard.push(data.toString());
      socket.write(data);
    }),
);
let proxy: TcpProxy;
let client: Socket;
let replies: string;
/** What the engine has answered, as the proxy gets it. */
let answered: string;
let isClosed: boolean;

beforeAll(() => new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve)));
beforeEach(async () => {
  heard.length = 0;
  answered = '';
  proxy = await createTcpProxy(`tcp://127.0.0.1:${(engine.address() as AddressInfo).port}`, () => ({
    see: () => undefined,
    alter(reply) {
      answered += reply.toString();
      return reply;
    },
  }));
  open();
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
});
afterAll(() => engine.close());

function open() {
  replies = '';
  isClosed = false;
  client = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  client.on('error', () => undefined).on('data', (data) => (replies += data.toString()));
  client.on('close', () => (isClosed = true));
}

it('passes on the bytes of both sides', async () => {
  const counted = proxy.countRequests('he');
  client.write('hello');
  await eventually(() => replies === 'hello');
  expect(counted.count).toBe(1);
});

it('loses a reply: the request has arrived, and the connection is cut', async () => {
  const lost = proxy.loseReply('commit');
  client.write('begin');
  await eventually(() => replies === 'begin');
  client.write('commit');
  await lost;
  await eventually(() => isClosed);
  expect([heard, replies]).toEqual([['begin', 'commit'], 'begin']);
  open();
  client.write('commit');
  await eventually(() => replies === 'commit');
});

it('loses a request: it never arrives', async () => {
  const lost = proxy.loseRequest('commit');
  client.write('commit');
  await lost;
  await eventually(() => isClosed);
  expect(heard).toEqual([]);
});

it('delays replies, in order, and answers in the place of the engine', async () => {
  proxy.delayReplies(80);
  const begun = performance.now();
  client.write('one');
  await eventually(() => answered === 'one');
  proxy.delayReplies(0);
  client.write('two');
  await eventually(() => replies === 'onetwo');
  expect(performance.now() - begun).toBeGreaterThan(75);
  const end = proxy.intercept((request) => (request.includes('three') ? { reply: Buffer.from('no') } : undefined));
  client.write('three');
  await eventually(() => replies === 'onetwono');
  expect(heard).toEqual(['one', 'two']);
  end();
  client.write('three');
  await eventually(() => replies === 'onetwonothree');
});

it('keeps replies back, cuts, and takes connections again', async () => {
  proxy.holdReplies();
  client.write('held');
  await eventually(() => heard.length === 1);
  expect(replies).toBe('');
  proxy.releaseReplies();
  await eventually(() => replies === 'held');
  proxy.cut();
  await eventually(() => isClosed);
  proxy.restore();
  open();
  client.write('again');
  await eventually(() => replies === 'again');
});
