import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishRecord } from './record-publishes';

export interface Published {
  content: string;
  /** By the broker, to the publisher. */
  confirmed: boolean;
}

/** All that the processes which record into `dir` published; a publisher that was killed, too. */
export interface PublishedReader {
  /** All since the beginning, or since `forget`, each publisher's in its order. */
  read(): Published[];
  forget(): void;
}

export function createPublishedReader(dir: string): PublishedReader {
  const offsets = new Map<string, number>();
  /** By file and number. */
  let known = new Map<string, Published>();

  function readFile(name: string) {
    const offset = offsets.get(name) ?? 0;
    const lines = readFrom(join(dir, name), offset);
    offsets.set(name, offset + Buffer.byteLength(lines));
    for (const line of lines.split('\n').filter(Boolean)) {
      const record = JSON.parse(line) as PublishRecord;
      if ('number' in record) known.set(`${name} ${record.number}`, { content: record.content, confirmed: false });
      else Object.assign(known.get(`${name} ${record.confirmed}`) ?? {}, { confirmed: true });
    }
  }

  return {
    read() {
      readdirSync(dir).forEach(readFile);
      return [...known.values()];
    },
    forget() {
      readdirSync(dir).forEach(readFile);
      known = new Map();
    },
  };
}

/** The whole lines of a file that grows, from a byte on. */
function readFrom(file: string, offset: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const rest = Buffer.alloc(fstatSync(descriptor).size - offset);
    readSync(descriptor, rest, 0, rest.length, offset);
    return rest.subarray(0, rest.lastIndexOf('\n') + 1).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
