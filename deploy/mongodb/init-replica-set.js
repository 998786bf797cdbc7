// For `mongosh --nodb`, in compose.yaml: makes a replica set of the one server `mongodb`, and the services' user. A
// second run changes only the user's password, which becomes that of the secret.

const { readFileSync } = require('node:fs');

const readSecret = (name) => readFileSync(`/run/secrets/${name}`, 'utf8').trimEnd();
const credentials = `root:${encodeURIComponent(readSecret('mongodb-root-password'))}`;
const admin = connect(`mongodb://${credentials}@mongodb:27017/admin?directConnection=true`);

try {
  admin.adminCommand({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongodb:27017' }] } });
  print('replica set formed');
} catch (error) {
  if (error.codeName !== 'AlreadyInitialized') throw error;
}
while (!admin.hello().isWritablePrimary) sleep(200);

const user = 'cyberstroll';
const pwd = readSecret('mongodb-user-password');
const roles = [{ role: 'readWrite', db: 'cyberstroll' }];
if (admin.getUser(user)) admin.updateUser(user, { pwd, roles });
else admin.createUser({ user, pwd, roles });
print('user of the services ready');
