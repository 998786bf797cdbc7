import { createPositions, findBlocks, type SnapshotHeader } from '@cyberstroll/grid';

/** Where the cells of a snapshot are in its task. */
export interface CellPlaces {
  /** Of the first target in a cell. */
  toPosition(cell: number): number;
  /** Of the first target in a cell. */
  toAddress(cell: number): string | undefined;
  /** Where cells are addresses: the one with this address. */
  findCell(address: string): number | undefined;
}

export function createCellPlaces(header: SnapshotHeader): CellPlaces {
  const { toAddress, findPosition } = createPositions(header);
  const starts = header.per === 1 ? [] : findBlocks(header.ranges, header.per, { position: header.position }).starts;
  const toPosition = (cell: number) => starts[cell] ?? header.position + cell;
  return {
    toPosition,
    toAddress: (cell) => toAddress(toPosition(cell)),
    findCell: (address) => {
      const position = findPosition(address);
      return position === undefined ? undefined : position - header.position;
    },
  };
}
