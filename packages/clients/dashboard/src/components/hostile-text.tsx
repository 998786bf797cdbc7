import { useScrollFocus } from './scroll-box';

/** Longer text from a scanned host is cut, in UTF-16 units; the whole of it is in the export. */
const MOST = 2_000;

/** Text that a scanned host chose: shown as text alone, in a box that it cannot leave, in its own direction. */
export const HostileText = ({ text, most = MOST }: { text: string; most?: number }) => (
  <bdi ref={useScrollFocus<HTMLElement>()} class="hostile">
    {text.length > most ? `${text.slice(0, most)}…` : text}
  </bdi>
);
