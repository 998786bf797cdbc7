export interface MarkedLine {
  text: string;
  /** The field at fault begins here, or the object in which it is missing. */
  isMarked: boolean;
}

/** Lines beyond are left out. */
const MOST_LINES = 2_000;

/**
 * The paths of the fields that the detail of a dead letter names:
 * `scan_result.open_ports.0: must be a number; lease_id: is missing`.
 */
export const findFaultPaths = (detail: string): string[] =>
  detail.split('; ').flatMap((fault) => {
    const path = /^([\w-]+(?:\.[\w-]+)*): /.exec(fault)?.[1];
    return path === undefined ? [] : [path];
  });

/** A value as indented JSON, with the fields at fault marked. */
export function toMarkedLines(value: unknown, paths: readonly string[]): MarkedLine[] {
  const lines: MarkedLine[] = [];
  const isUpdate = !Object.hasOwn(Object(value), 'updates');
  // The place in the envelope that the update came in: the dead letter is the update alone.
  const marked = paths.map((path) => findDeepest(value, isUpdate ? path.replace(/^updates\.\d+\./, '') : path));

  function write(part: unknown, path: string, indent: string, before: string, after: string): void {
    const isMarked = marked.includes(path) && (path !== '' || paths.length > 0);
    const add = (text: string, mark = false) => {
      if (lines.length < MOST_LINES) lines.push({ text, isMarked: mark });
    };
    const entries = typeof part === 'object' && part !== null ? Object.entries(part) : [];
    if (entries.length === 0) {
      add(`${indent}${before}${JSON.stringify(part)}${after}`, isMarked);
      return;
    }
    const isList = Array.isArray(part);
    add(`${indent}${before}${isList ? '[' : '{'}`, isMarked);
    entries.forEach(([key, item], i) => {
      const inner = path === '' ? key : `${path}.${key}`;
      write(item, inner, `${indent}  `, isList ? '' : `${JSON.stringify(key)}: `, i < entries.length - 1 ? ',' : '');
    });
    add(`${indent}${isList ? ']' : '}'}${after}`);
  }

  write(value, '', '', '', '');
  return lines;
}

/** The part of a path that the value has: of a missing field, the object that should have it. */
function findDeepest(value: unknown, path: string): string {
  const found: string[] = [];
  let part = value;
  for (const key of path.split('.')) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) break;
    part = (part as Record<string, unknown>)[key];
    found.push(key);
  }
  return found.join('.');
}
