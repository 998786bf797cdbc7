#!/bin/bash
# As docker-entrypoint.sh of mongo:8.0: at the first start it makes the root user, then the server asks for passwords.
# The arguments are mongod's, and SecantusDB's are others.
set -e
server=(secantusd-rs --config /etc/secantusd.toml --storage-path /data/db --auth --sync-on-commit --cache-size 1G --log-level WARNING)
if [ ! -e /data/db/root-user ]; then
  "${server[@]}" --host 127.0.0.1 --port 27018 &
  until mongosh --quiet --port 27018 --eval 'db.runCommand({ ping: 1 })' > /dev/null 2>&1; do sleep 0.2; done
  mongosh --quiet --port 27018 admin --eval '
    const pwd = require("node:fs").readFileSync(process.env.MONGO_INITDB_ROOT_PASSWORD_FILE, "utf8").trimEnd();
    db.createUser({ user: process.env.MONGO_INITDB_ROOT_USERNAME, pwd, roles: ["root"] })'
  kill $!
  wait $! || true
  touch /data/db/root-user
fi
exec "${server[@]}" --host 0.0.0.0 --port 27017
