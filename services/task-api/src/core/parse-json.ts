import { findJsonErrorPosition } from './find-json-error-position';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body as JSON, or what is wrong with it. JSON is UTF-8 (RFC 8259); a byte that is not is never guessed at. */
export function parseJson(bytes: Uint8Array): { value: unknown } | { fault: string } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { fault: 'it is not valid UTF-8' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const position = findJsonErrorPosition(text, (error as Error).message);
    return { fault: position === undefined ? 'it does not parse' : `error at position ${position}` };
  }
}
