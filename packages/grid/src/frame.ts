import { CELL_BYTES, createNodeNames, decode, encode, readCell, toStatusNumber, writeCell } from './binary';
import { type Change, GRID_STATUSES } from './cell';

/** The index (4 bytes), the cell, and the number of the status that it left from 1, 0 if that is not known (1 byte). */
const LEFT_AT = 4 + CELL_BYTES;
const CHANGE_BYTES = LEFT_AT + 1;

/** The header of a frame. */
interface FrameHeader {
  nodes: string[];
}

/** A binary frame of `/ws/tasks/{task_id}/grid`: changes of the task, and the names of their nodes as the header. */
export function encodeChanges(changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  const { names, toNumber } = createNodeNames();
  const nodes = changes.map(({ node }) => toNumber(node));
  const header: FrameHeader = { nodes: names };
  const { bytes, records } = encode(header, changes.length * CHANGE_BYTES);
  changes.forEach((change, i) => {
    records.setUint32(i * CHANGE_BYTES, change.index, true);
    writeCell(records, i * CHANGE_BYTES + 4, { ...change, node: nodes[i]! });
    const { previous_status: left } = change;
    records.setUint8(i * CHANGE_BYTES + LEFT_AT, left === undefined ? 0 : toStatusNumber(left) + 1);
  });
  return bytes;
}

export function decodeChanges(bytes: ArrayBuffer | Uint8Array): Change[] {
  const { header, records } = decode<FrameHeader>(bytes);
  return Array.from({ length: records.byteLength / CHANGE_BYTES }, (_, i) => ({
    index: records.getUint32(i * CHANGE_BYTES, true),
    ...readCell(records, i * CHANGE_BYTES + 4, header.nodes),
    previous_status: GRID_STATUSES[records.getUint8(i * CHANGE_BYTES + LEFT_AT) - 1],
  }));
}
