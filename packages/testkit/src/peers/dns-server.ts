import { createSocket } from 'node:dgram';

/** By name: `target:port` of SRV records, and texts of TXT records. */
export type DnsRecords = Record<string, { srv?: readonly string[]; txt?: readonly string[] }>;

const TYPES = { txt: 16, srv: 33 } as const;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const HEADER_BYTES = 12;
/** Points at the name of the question. */
const SAME_NAME = Buffer.from([0xc0, HEADER_BYTES]);

/** A DNS server on loopback that knows SRV and TXT records alone. It begins without an answer. */
export async function createDnsServer() {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  let records: DnsRecords | undefined;
  socket.on('message', (query, { port, address }) => {
    const { name, end } = readName(query);
    asked.push(name);
    const type = query.readUInt16BE(end);
    const { srv = [], txt = [] } = records?.[name] ?? {};
    const found = type === TYPES.srv ? srv.map(toSrv) : type === TYPES.txt ? txt.map(toTxt) : [];
    const code = !records ? SERVFAIL : records[name] ? 0 : NXDOMAIN;
    const header = Buffer.from(query.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    header.writeUInt32BE(0, 8);
    const question = query.subarray(HEADER_BYTES, end + 4);
    socket.send(Buffer.concat([header, question, ...found.map((data) => toAnswer(type, data))]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    /** host:port, as `dns.setServers` takes it. */
    address: `127.0.0.1:${socket.address().port}`,
    /** Names that were asked for. */
    asked,
    /** Undefined: the server answers that it cannot answer now. */
    setRecords(known: DnsRecords | undefined): void {
      records = known;
    },
    close: (): Promise<void> => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

function toAnswer(type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt32BE(60, 4);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([SAME_NAME, fields, data]);
}

const toLabel = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
const toTxt = toLabel;

function toSrv(place: string): Buffer {
  const { hostname, port } = new URL(`host://${place}`);
  const fields = Buffer.alloc(6);
  fields.writeUInt16BE(Number(port), 4);
  return Buffer.concat([fields, ...hostname.split('.').map(toLabel), Buffer.alloc(1)]);
}
