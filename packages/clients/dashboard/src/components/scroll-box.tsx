import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A box that scrolls is reached by Tab while it has more than it shows, so that the keyboard scrolls it too. */
function useScrollFocus<Box extends HTMLElement>() {
  const ref = useRef<Box>(null);
  const look = () => {
    const box = ref.current;
    if (!box) return;
    const scrolls = box.scrollHeight > box.clientHeight || box.scrollWidth > box.clientWidth;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  };
  useEffect(() => {
    const observer = new ResizeObserver(look);
    // What is in it grows without it, such as a table in which times and words change.
    for (const box of ref.current ? [ref.current, ...ref.current.children] : []) observer.observe(box);
    return () => observer.disconnect();
  }, []);
  useEffect(look);
  return ref;
}

export const TableBox = ({ children }: { children: ComponentChildren }) => (
  <div ref={useScrollFocus<HTMLDivElement>()} class="table-box">
    {children}
  </div>
);

/** Longer text from a scanned host is cut, in UTF-16 units; the whole of it is in the export. */
const MOST = 2_000;

/** Text that a scanned host chose: shown as text alone, in a box that it cannot leave, in its own direction. */
export const HostileText = ({ text, most = MOST }: { text: string; most?: number }) => (
  <bdi ref={useScrollFocus<HTMLElement>()} class="hostile">
    {text.length > most ? `${text.slice(0, most)}…` : text}
  </bdi>
);
