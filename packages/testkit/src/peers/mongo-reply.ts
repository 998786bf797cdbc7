import { mongo } from 'mongoose';

export const OP_MSG = 2013;
export const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;

/** MongoDB's reply to a request: an OP_MSG, or an OP_REPLY to the OP_QUERY that begins a connection. */
export function toMongoReply(request: Buffer, document: mongo.Document): Buffer {
  const body = mongo.BSON.serialize(document);
  const isQuery = request.readInt32LE(12) === OP_QUERY;
  // Flags, cursor, first document, number of documents; or flags and the kind of the section.
  const between = Buffer.alloc(isQuery ? 20 : 5);
  if (isQuery) between.writeInt32LE(1, 16);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + between.length + body.length, 0);
  header.writeInt32LE(request.readInt32LE(4), 8);
  header.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, between, body]);
}

/** The document of a command, whole: the request must be one chunk. Empty for other requests. */
export function readMongoCommand(request: Buffer): mongo.Document {
  const opcode = request.readInt32LE(12);
  if (opcode === OP_MSG) return readDocument(request, HEADER_BYTES + 5);
  if (opcode !== OP_QUERY) return {};
  const nameEnd = request.indexOf(0, HEADER_BYTES + 4);
  return readDocument(request, nameEnd + 9);
}

const readDocument = (bytes: Buffer, at: number): mongo.Document =>
  mongo.BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)));
