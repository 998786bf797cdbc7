export interface Sorting {
  /** Undefined: another column is what the table is sorted by. */
  direction: 'ascending' | 'descending' | undefined;
  onSort: () => void;
}

const ARROWS = { ascending: ' ↑', descending: ' ↓' };

/** The head of a column that a click sorts by. */
export const SortHead = ({ title, direction, onSort }: Sorting & { title: string }) => (
  <th scope="col" aria-sort={direction}>
    <button type="button" class="quiet sort" onClick={onSort}>
      {title}
      <span aria-hidden="true">{direction ? ARROWS[direction] : ' ↕'}</span>
    </button>
  </th>
);
