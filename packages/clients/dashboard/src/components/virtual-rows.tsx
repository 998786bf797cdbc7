import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { assign } from './input';
import { toWindow } from './row-window';

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

/** A scrolled list of any length, of which only what can be seen is on the page. */
export function VirtualRows({ count, rowHeight, height, label, renderRow, onSeen }: VirtualRowsProps) {
  const top = useSignal(0);
  const { first, end, offset, total } = toWindow({ top: top.value, count, rowHeight, height });
  useEffect(() => onSeen?.(first, end), [first, end, count]);
  return (
    <section
      class="virtual-rows"
      style={{ height: `${height}px` }}
      aria-label={label}
      tabIndex={0}
      onScroll={({ currentTarget }) => assign(top, currentTarget.scrollTop)}
    >
      <ul style={{ height: `${total}px` }}>
        {Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i).map((index) => (
          <li
            key={index}
            aria-setsize={count}
            aria-posinset={index + 1}
            style={{ top: `${offset + (index - first) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {renderRow(index)}
          </li>
        ))}
      </ul>
    </section>
  );
}
