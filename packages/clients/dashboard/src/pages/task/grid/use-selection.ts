import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { query, setQuery } from '../../../browser/navigation';
import { type GridLayout, type Run, selectRectangle } from './grid-layout';
import { type CellPlaces, findSelection, toRectangleText } from './selection';

export interface GridSelection {
  /** As the address has it; empty if nothing is selected. */
  text: string;
  runs: readonly Run[];
  /** A rectangle by two of its corners. It goes into the address when it is complete. */
  draw: (one: number, other: number) => void;
  finish: () => void;
  set: (text: string) => void;
}

/** Which cells are selected: the address says it. `places`: undefined where cells cannot be selected. */
export function useSelection(layout: GridLayout, places: CellPlaces | undefined): GridSelection {
  const corners = useSignal<readonly [number, number] | undefined>(undefined);
  const text = query.value.get('select') ?? '';
  const drawn = corners.value;
  const runs = useMemo(() => {
    if (!places) return [];
    return drawn ? selectRectangle(layout, ...drawn) : findSelection(text, layout.cells, places);
  }, [text, drawn, places]);
  const set = (to: string) => {
    corners.value = undefined;
    setQuery({ select: to.trim() });
  };
  return {
    text,
    runs,
    draw: (...drawing) => {
      corners.value = drawing;
    },
    finish: () => {
      const [one, other] = (corners.value ?? []).map((cell) => places?.toAddress(cell));
      if (one !== undefined && other !== undefined) set(toRectangleText(one, other, layout.columns));
    },
    set,
  };
}
