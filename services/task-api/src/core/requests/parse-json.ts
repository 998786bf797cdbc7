import { findJsonErrorPosition } from './find-json-error-position';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a body as JSON in UTF-8 (RFC 8259), or says what is wrong with it. Invalid bytes are an error, never replaced.
 */
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
    return { fault: position === undefined ? 'it is not valid JSON' : `error at position ${position}` };
  }
}
