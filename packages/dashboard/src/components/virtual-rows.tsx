import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface VirtualRowsProps {
  count: number;
  /** Of a row, in pixels. All rows are equally high. */
  rowHeight: number;
  /** Of the box, in pixels. */
  height: number;
  label: string;
  renderRow: (index: number) => ComponentChildren;
  /** Called with what can be seen, so that it can be loaded. */
  onSeen?: (first: number, end: number) => void;
}

/** Rows above and below what can be seen. */
const SPARE = 10;

/** A scrolled list of any length, of which only what can be seen is on the page. */
export function VirtualRows({ count, rowHeight, height, label, renderRow, onSeen }: VirtualRowsProps) {
  const top = useSignal(0);
  const first = Math.max(0, Math.floor(top.value / rowHeight) - SPARE);
  const end = Math.min(count, Math.ceil((top.value + height) / rowHeight) + SPARE);
  useEffect(() => onSeen?.(first, end), [first, end, count]);
  return (
    <section
      class="virtual-rows"
      style={{ height: `${height}px` }}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is reached by keyboard, too
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        top.value = currentTarget.scrollTop;
      }}
    >
      <ul style={{ height: `${count * rowHeight}px` }}>
        {Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i).map((index) => (
          <li
            key={index}
            aria-setsize={count}
            aria-posinset={index + 1}
            style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {renderRow(index)}
          </li>
        ))}
      </ul>
    </section>
  );
}
