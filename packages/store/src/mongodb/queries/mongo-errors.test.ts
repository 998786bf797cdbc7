import { AppError } from '@cyberstroll/runtime';
import { mongo } from 'mongoose';
import { isTransient, toStoreError } from './mongo-errors';

const answer = (code: number, errorLabels: string[] = [], codeName = 'Name') =>
  new mongo.MongoServerError({ errmsg: 'said', code, codeName, errorLabels });

it.each([2, 9, 14, 16, 52, 121, 10_334, 11_000])('%i is a fault of the data: final', (code) => {
  expect(isTransient(answer(code))).toBe(false);
  expect(toStoreError(answer(code))).toBeInstanceOf(mongo.MongoServerError);
  // If the server sends the label nevertheless, the server knows better.
  expect(isTransient(answer(code, ['TransientTransactionError']))).toBe(true);
});

it.each([
  ['a code that this build does not know', answer(499)],
  ['credentials that are refused', answer(18)],
  ['a lost connection', new mongo.MongoNetworkError('connection 1 to 127.0.0.1:27017 closed')],
  ['a read preference that a transaction cannot have', new mongo.MongoTransactionError('must be primary')],
  ['a bulk write around one of them', new mongo.MongoBulkWriteError(answer(365) as never, {} as never)],
  ['a name that is not found', Object.assign(new Error('queryTxt ETIMEOUT'), { syscall: 'queryTxt' })],
])('%s: transient', (_, error) => {
  expect(isTransient(error)).toBe(true);
  expect(toStoreError(error)).toMatchObject({ kind: 'transient', code: 'mongodb_unavailable', cause: error });
});

it.each([
  ['a bulk write around a fault of the data', new mongo.MongoBulkWriteError(answer(121) as never, {} as never)],
  ['a call that the driver refuses', new mongo.MongoInvalidArgumentError('Document is larger than the maximum size')],
  ['a bug', new TypeError('x is undefined')],
  ['an error of ours', new AppError('task_not_found')],
])('%s: final', (_, error) => {
  expect(isTransient(error)).toBe(false);
});

it('names what the database answers, and where it is does not', () => {
  expect(toStoreError(answer(371, [], 'UserWritesBlocked'))).toMatchObject({
    message: 'MongoDB is unavailable: it answers UserWritesBlocked (371)',
  });
  const away = new mongo.MongoNetworkError('connect ECONNREFUSED db.secret.lan:27017');
  expect((toStoreError(away) as Error).message).toBe('MongoDB is unavailable');
});
