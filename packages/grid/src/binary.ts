/**
 * The binary form of both the snapshot and the frames: the length of the header (4 bytes), the header (JSON in UTF-8,
 * padded with spaces to a multiple of 4 bytes), and then records of a fixed length. Numbers are little endian.
 */
import { type Cell, GRID_STATUSES, type GridStatus } from './cell';

const LENGTH_BYTES = 4;
const OPEN_PORTS = 1;
/** An attempt or a node beyond it is written as this number, or as no node. */
const MAX_U16 = 0xffff;

/** Status, flags (1: has open ports), attempt (2 bytes), number of the node in `nodes` from 1, 0 without (2 bytes). */
export const CELL_BYTES = 6;

export function encode(header: object, recordBytes: number): { bytes: Uint8Array<ArrayBuffer>; records: DataView } {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(LENGTH_BYTES + length + recordBytes);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  bytes.set(text, LENGTH_BYTES);
  return { bytes, records: new DataView(bytes.buffer, LENGTH_BYTES + length) };
}

export function decode<Header>(bytes: ArrayBuffer | Uint8Array): { header: Header; records: DataView } {
  const { buffer, byteOffset, byteLength } = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const length = new DataView(buffer, byteOffset, byteLength).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, byteOffset + LENGTH_BYTES, length));
  const begin = LENGTH_BYTES + length;
  return { header: JSON.parse(text) as Header, records: new DataView(buffer, byteOffset + begin, byteLength - begin) };
}

/** The names of nodes in a header, and their numbers in its cells. */
export function createNodeNames(): { names: string[]; toNumber: (node: string | undefined) => number } {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    toNumber(node) {
      if (node === undefined) return 0;
      const known = numbers.get(node);
      if (known !== undefined) return known;
      if (names.length === MAX_U16) return 0;
      numbers.set(node, names.push(node));
      return names.length;
    },
  };
}

const NUMBERS = new Map<GridStatus, number>(GRID_STATUSES.map((status, number) => [status, number]));

export const toStatusNumber = (status: GridStatus): number => NUMBERS.get(status)!;

export function writeCell(
  records: DataView,
  at: number,
  { status, attempt, has_open_ports, node }: Omit<Cell, 'node'> & { node: number },
): void {
  records.setUint8(at, toStatusNumber(status));
  records.setUint8(at + 1, has_open_ports ? OPEN_PORTS : 0);
  records.setUint16(at + 2, Math.min(attempt, MAX_U16), true);
  records.setUint16(at + 4, node, true);
}

export function readCell(records: DataView, at: number, nodes: readonly string[]): Cell {
  return {
    // A later version may have more statuses.
    status: GRID_STATUSES[records.getUint8(at)] ?? 'PENDING',
    has_open_ports: (records.getUint8(at + 1) & OPEN_PORTS) !== 0,
    attempt: records.getUint16(at + 2, true),
    node: nodes[records.getUint16(at + 4, true) - 1],
  };
}
